public import ByteStreams
public import Testing

/// Expects every lease of a pool to come back.
///
/// One comes back when the last task that held it has been torn down, which may be a moment after its result.
public func expectAllBack(in pool: BlockPool, sourceLocation: SourceLocation = #_sourceLocation) async {
    for _ in 0..<100_000 where pool.lentBytes > 0 { await Task.yield() }
    #expect(pool.lentBytes == 0, sourceLocation: sourceLocation)
}
