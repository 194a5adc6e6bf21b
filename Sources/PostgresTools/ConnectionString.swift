/// Strings that libpq takes apart itself.
public enum ConnectionString {
    /// `dbname='…'`: a database's name as a `-d` argument that cannot be taken for a URI or a `key=value` list.
    public static func database(_ name: String) -> String {
        var quoted = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            if scalar == "'" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return "dbname='" + String(quoted) + "'"
    }
}
