import Diagnostics
import HTTPListener
import TestSupport

extension TestCertificate {
    var identity: TLSIdentity {
        get throws { try TLSIdentity(certificate: certificate, key: Secret(key)) }
    }
}
