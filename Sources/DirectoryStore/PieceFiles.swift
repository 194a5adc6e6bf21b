import SystemCalls

/// The files of pieces.
///
/// A file is written once, under a number that is never used again. All calls block.
struct PieceFiles: Sendable {
    let layout: DirectoryLayout
    let probe: @Sendable (StoreStep) -> Void

    /// A file that is being written.
    final class New: Sendable {
        let number: Int
        let descriptor: Descriptor

        init(number: Int, descriptor: consuming Descriptor) {
            self.number = number
            self.descriptor = descriptor
        }
    }

    func create(_ number: Int) throws(SystemError) -> New {
        let file = New(number: number, descriptor: try Files.open(layout.file(of: number), .create))
        probe(.fileCreated)
        return file
    }

    /// Waits until the bytes of a new file and its name are on the disk.
    func synchronize(_ file: New) throws(SystemError) {
        probe(.fileWritten)
        try file.descriptor.synchronizeData()
        try Files.openDirectory(layout.folder(of: file.number)).synchronize()
        probe(.fileSynchronized)
    }

    /// Removes a file if it is there.
    func remove(_ number: Int) throws(SystemError) {
        do throws(SystemError) {
            try Files.remove(layout.file(of: number))
        } catch {
            guard error.isNotFound else { throw error }
        }
    }

    /// Waits until it is on the disk that files have gone, and answers those of which that is sure.
    ///
    /// Only then may the index forget them: after a power failure a file could be back that nothing knows.
    func synchronizeRemoval(of numbers: [Int]) -> [Int] {
        let folders = Dictionary(grouping: numbers) { layout.folder(of: $0) }
        return folders.flatMap { folder, numbers in
            (try? Files.openDirectory(folder).synchronize()) == nil ? [] : numbers
        }
    }

    /// Opens the file of an extent; a file that is gone is `isNotFound`, a short one `EIO`.
    func open(_ extent: Extent) throws(SystemError) -> FileExtent {
        let path = layout.file(of: extent.piece)
        let file = FileExtent(try Files.open(path, .read), offset: extent.start, length: extent.size)
        guard file.isWhole else { throw SystemError(call: "open", subject: path, number: SystemError.damage) }
        return file
    }

    /// Appends `size` bytes from `start` on; a file that is gone is `isNotFound`, a short one `EIO`.
    func read(_ extent: Extent, into buffer: inout OutputSpan<UInt8>) throws(SystemError) {
        let path = layout.file(of: extent.piece)
        let file = try Files.open(path, .read)
        var done = 0
        while done < extent.size {
            let count = try file.read(at: extent.start + done, limit: extent.size - done, into: &buffer)
            guard count > 0 else { throw SystemError(call: "pread", subject: path, number: SystemError.damage) }
            done += count
        }
    }
}

extension SystemError {
    /// `EIO`: what a disk answers that cannot read its bytes, and we where there are fewer than there were.
    static let damage: Int32 = 5
    var isDamage: Bool { number == Self.damage }
}
