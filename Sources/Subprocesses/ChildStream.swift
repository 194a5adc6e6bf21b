import SystemCalls

/// One of a child's three descriptors while the child is being started.
struct ChildStream: ~Copyable {
    /// Our end, if it is a pipe.
    let ours: PipeEnd?
    /// The child's end, if it is a pipe; closed in this process when this value goes.
    private let theirs: Descriptor?
    /// The descriptor to give the child; `nil` for `/dev/null`.
    let number: Int32?

    enum Direction { case toChild, fromChild }

    /// - Parameter enlarged: Ask for a pipe of 1 MiB; the kernel grants a user only so much pipe memory in all.
    init(
        _ choice: StreamChoice, _ direction: Direction, threadName: String, enlarged: Bool = true
    ) throws(SystemError) {
        switch choice {
        case .null: self.init(ours: nil, theirs: nil, number: nil)
        case .descriptor(let given): self.init(ours: nil, theirs: nil, number: given)
        case .pipe:
            // Copies are numbered 3 or higher: 0, 1 and 2 would be overwritten while the child sorts its descriptors.
            let pipe = try Pipe()
            let reading = try pipe.reading.duplicate()
            let writing = try pipe.writing.duplicate()
            if enlarged { writing.enlargePipe(to: 1 << 20) }
            switch direction {
            case .toChild: try self.init(pipeOurs: writing, theirs: reading, threadName: threadName)
            case .fromChild: try self.init(pipeOurs: reading, theirs: writing, threadName: threadName)
            }
        }
    }

    private init(
        pipeOurs ours: consuming Descriptor, theirs: consuming Descriptor, threadName: String
    ) throws(SystemError) {
        let end = try PipeEnd(ours, threadName: threadName)
        let number = theirs.number
        self.init(ours: end, theirs: consume theirs, number: number)
    }

    private init(ours: PipeEnd?, theirs: consuming Descriptor?, number: Int32?) {
        self.ours = ours
        self.theirs = theirs
        self.number = number
    }

    /// Closes the child's end in this process; it is surely open until then.
    consuming func close() {}
}
