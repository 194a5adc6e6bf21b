/// The completion script for fish 3 and later.
struct FishCompletions: Sendable {
    let tool: ToolShape

    var text: String {
        let table = CompletionTable(tool: tool)
        let p = "_" + table.prefix
        let commands = table.nodes.flatMap { node in
            node.command.visibleSubcommands.map { next in
                "complete -c \(table.name) -n \(quoted("\(p)_under \(quoted(node.path))")) "
                    + "-a \(quoted(next.name)) -d \(quoted(next.summary))"
            }
        }
        let options = table.nodes.flatMap { node in
            node.options.flatMap { line($0, table, condition: "\(p)_is \(quoted(node.path))") }
        }
        let arguments = table.nodes.flatMap { node in
            node.command.arguments.enumerated().compactMap { index, argument -> String? in
                guard let offer = offer(CompletionTable.Candidates(argument.value)) else { return nil }
                let last = argument.takesMany ? Int(Int16.max) : index
                let place = quoted("\(p)_takes \(quoted(node.path)) \(index) \(last)")
                return "complete -c \(table.name) -n \(place) \(offer)"
            }
        }
        let lines =
            ["# fish completion for \(table.name), written by: \(table.name) completions fish", ""]
            + descend(table, p) + [""] + takesValue(table, p)
        return lines.joined(separator: "\n") + "\n" + Self.driver(prefix: p)
            + (["complete -c \(table.name) -f"] + commands + table.globals.flatMap { line($0, table, condition: nil) }
            + options + arguments).joined(separator: "\n") + "\n"
    }

    private func descend(_ table: CompletionTable, _ p: String) -> [String] {
        let cases = table.nodes.flatMap { node in
            node.command.visibleSubcommands.flatMap { next -> [String] in
                let words = ([next.name] + next.aliases).map { quoted(node.path + "/" + $0) }
                let path = node.path.isEmpty ? next.name : node.path + " " + next.name
                return ["        case " + words.joined(separator: " "), "            echo " + quoted(path)]
            }
        }
        return ["# The command that a word names below the command at a path.", "function \(p)_descend -a at word"]
            + ["    switch \"$at/$word\""] + cases + ["        case '*'", "            return 1", "    end", "end"]
    }

    private func takesValue(_ table: CompletionTable, _ p: String) -> [String] {
        let own = table.nodes.flatMap { node in
            node.options.filter { $0.value != nil }.flatMap(\.spellings).map { quoted(node.path + "/" + $0) }
        }
        let everywhere = table.globals.filter { $0.value != nil }.flatMap(\.spellings).map { quoted("*/" + $0) }
        return [
            "# Whether an option of the command at a path takes the next word as its value.",
            "function \(p)_takes_value -a at word",
            "    switch \"$at/$word\"",
            "        case " + (own + everywhere).joined(separator: " "),
            "            return 0",
            "    end",
            "    return 1",
            "end",
            "",
        ]
    }

    private func line(_ option: OptionForm, _ table: CompletionTable, condition: String?) -> [String] {
        let place = condition.map { " -n " + quoted($0) } ?? ""
        let letter = option.short.map { " -s " + quoted(String($0)) } ?? ""
        let value = option.value.map { " -r " + (offer(CompletionTable.Candidates($0)) ?? "-f") } ?? ""
        let help = " -d " + quoted(option.help)
        let opposite = option.opposite.map { _ in "complete -c \(table.name)\(place) -l no-\(option.name)\(help)" }
        return ["complete -c \(table.name)\(place)\(letter) -l \(option.name)\(value)\(help)"]
            + (opposite.map { [$0] } ?? [])
    }

    private func offer(_ candidates: CompletionTable.Candidates) -> String? {
        switch candidates {
        case .words(let words): "-f -a " + quoted(words.joined(separator: " "))
        case .files: "-F"
        case .directories: "-f -a " + quoted("(__fish_complete_directories (commandline -ct))")
        case .anything: nil
        }
    }

    private func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    private static func driver(prefix p: String) -> String {
        """
        # The path of the command on the line, `help ` before it while `help` is asked about one; then the number of
        # arguments after it.
        function \(p)_at
            set -l at ''
            set -l helping ''
            set -l pending no
            set -l ended no
            set -l taken 0
            set -l words (commandline -opc)
            for word in $words[2..-1]
                if test $pending = yes
                    set pending no
                    continue
                end
                if test $ended = no
                    switch $word
                        case '--'
                            set ended yes
                            continue
                        case '-'
                        case '-*'
                            if \(p)_takes_value "$at" "$word"
                                set pending yes
                            end
                            continue
                    end
                    if test $taken = 0
                        set -l next (\(p)_descend "$at" "$word")
                        if test -n "$next"
                            set at $next
                            if test "$at" = help -a -z "$helping"
                                set at ''
                                set helping 'help '
                            end
                            continue
                        end
                    end
                end
                set taken (math $taken + 1)
            end
            echo "$helping$at"
            echo $taken
        end

        # Whether the line names exactly this command.
        function \(p)_is -a path
            set -l at (\(p)_at)
            test "$at[1]" = "$path"
        end

        # Whether the line names this command, or asks for help on it, and no argument stands there yet.
        function \(p)_under -a path
            set -l at (\(p)_at)
            test "$at[2]" = 0; or return 1
            test "$at[1]" = "$path" -o "$at[1]" = "help $path"
        end

        # Whether the next argument of this command is number `first` or a later one up to number `last`.
        function \(p)_takes -a path first last
            set -l at (\(p)_at)
            test "$at[1]" = "$path" -a "$at[2]" -ge "$first" -a "$at[2]" -le "$last"
        end


        """
    }
}
