/// The completion script for zsh: sourced after `compinit`, or put as `_penstock` in a directory of `$fpath`.
struct ZshCompletions: Sendable {
    let tool: ToolShape

    var text: String {
        let table = CompletionTable(tool: tool)
        let p = table.prefix
        let lines =
            [
                "#compdef \(table.name)",
                "# zsh completion for \(table.name), written by: \(table.name) completions zsh",
                "",
            ] + table.sharedFunctions + [
                "",
                "# The commands below the command $1, each with its summary.",
                "\(p)_commands() {",
                "    case \"$1\" in",
            ] + table.nodes.flatMap(commandCase) + [
                "    *) return 1 ;;",
                "    esac",
                "}",
                "",
                "# The options of the command $1, each with its help.",
                "\(p)_options() {",
                "    reply=(",
            ] + table.globals.flatMap(entries) + [
                "    )",
                "    case \"$1\" in",
            ] + table.nodes.flatMap(optionCase) + [
                "    esac",
                "}",
                "",
            ]
        return lines.joined(separator: "\n") + "\n" + Self.driver(prefix: p, name: table.name)
    }

    private func commandCase(_ node: CompletionTable.Node) -> [String] {
        let commands = node.command.visibleSubcommands
        guard !commands.isEmpty else { return [] }
        return ["    \(CompletionTable.quoted(node.path)))", "        reply=("]
            + commands.map { "            " + CompletionTable.quoted($0.name + ":" + $0.summary) }
            + ["        )", "        ;;"]
    }

    private func optionCase(_ node: CompletionTable.Node) -> [String] {
        guard !node.options.isEmpty else { return [] }
        return ["    \(CompletionTable.quoted(node.path)))", "        reply+=("]
            + node.options.flatMap(entries).map { "    " + $0 } + ["        )", "        ;;"]
    }

    private func entries(_ option: OptionForm) -> [String] {
        option.spellings.map { "        " + CompletionTable.quoted($0 + ":" + option.help) }
    }

    private static func driver(prefix p: String, name: String) -> String {
        """
        \(p)_offer() {
            case $1 in
            files) _files ;;
            directories) _files -/ ;;
            words\\ *) compadd -- ${=1#words } ;;
            *) _message value ;;
            esac
        }

        \(p)() {
            local at= helping= ended= pending= REPLY= word
            local -a reply
            integer taken=0 i
            for ((i = 2; i < CURRENT; i++)); do
                word=${(Q)words[i]}
                if [[ -n $pending ]]; then
                    pending=
                elif [[ -n $ended ]]; then
                    ((taken += 1))
                elif [[ $word == -- ]]; then
                    ended=yes
                elif [[ $word == -?* ]]; then
                    if \(p)_value "$at" "$word"; then pending=$REPLY; fi
                elif ((taken == 0)) && \(p)_descend "$at" "$word"; then
                    at=$REPLY
                    if [[ -z $helping && $at == help ]]; then
                        helping=yes
                        at=
                    fi
                else
                    ((taken += 1))
                fi
            done

            if [[ -n $pending ]]; then
                \(p)_offer "$pending"
            elif [[ -z $ended && $PREFIX == --*=* ]]; then
                \(p)_value "$at" "${PREFIX%%=*}" || return 1
                compset -P '*='
                \(p)_offer "$REPLY"
            elif [[ -z $ended && $PREFIX == -* ]]; then
                if [[ -n $helping ]]; then at=; fi
                \(p)_options "$at"
                _describe -o option reply
            elif [[ -z $ended ]] && ((taken == 0)) && \(p)_commands "$at"; then
                _describe command reply
            elif [[ -z $helping ]] && \(p)_argument "$at" "$taken"; then
                \(p)_offer "$REPLY"
            else
                return 1
            fi
        }

        # Autoloaded from $fpath, the first call must complete as well; sourced, it only has to be registered.
        if [[ ${funcstack[1]} == \(p) ]]; then
            \(p) "$@"
        else
            compdef \(p) \(name)
        fi

        """
    }
}
