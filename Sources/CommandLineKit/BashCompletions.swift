/// The completion script for bash 4.3 and later; it needs no other package.
struct BashCompletions: Sendable {
    let tool: ToolShape

    var text: String {
        let table = CompletionTable(tool: tool)
        let p = table.prefix
        let lines =
            [
                "# bash completion for \(table.name), written by: \(table.name) completions bash",
                "",
            ] + table.sharedFunctions + [
                "",
                "# The commands below the command $1.",
                "\(p)_commands() {",
                "    case \"$1\" in",
            ] + table.nodes.compactMap(commandCase) + [
                "    *) return 1 ;;",
                "    esac",
                "}",
                "",
                "# The options of the command $1.",
                "\(p)_options() {",
                "    case \"$1\" in",
            ] + table.nodes.compactMap(optionCase) + [
                "    *) REPLY= ;;",
                "    esac",
                "    REPLY+=\(CompletionTable.quoted(" " + table.globals.flatMap(\.spellings).joined(separator: " ")))",
                "}",
                "",
            ]
        return lines.joined(separator: "\n") + "\n" + Self.driver(prefix: p, name: table.name)
    }

    private func commandCase(_ node: CompletionTable.Node) -> String? {
        let names = node.command.visibleSubcommands.map(\.name)
        guard !names.isEmpty else { return nil }
        let reply = CompletionTable.quoted(names.joined(separator: " "))
        return "    \(CompletionTable.quoted(node.path))) REPLY=\(reply) ;;"
    }

    private func optionCase(_ node: CompletionTable.Node) -> String? {
        guard !node.options.isEmpty else { return nil }
        let reply = CompletionTable.quoted(node.options.flatMap(\.spellings).joined(separator: " "))
        return "    \(CompletionTable.quoted(node.path))) REPLY=\(reply) ;;"
    }

    /// The function that bash calls.
    ///
    /// Bash breaks words at `=` and `:` too, so the words are first put together again from the line; the offers are
    /// then cut to the piece that bash is going to replace.
    private static func driver(prefix p: String, name: String) -> String {
        """
        \(p)() {
            local words=() piece= rest=$COMP_LINE trimmed i
            for ((i = 0; i <= COMP_CWORD; i++)); do
                piece=${COMP_WORDS[i]}
                trimmed=${rest#"${rest%%[![:space:]]*}"}
                if ((i > 0)) && [[ -n $piece && $trimmed == "$rest" ]]; then
                    words[${#words[@]}-1]+=$piece
                else
                    words+=("$piece")
                fi
                rest=${trimmed#"$piece"}
            done
            local current=${words[${#words[@]}-1]} at= helping= ended= pending= taken=0 REPLY= word
            for word in "${words[@]:1:${#words[@]}-2}"; do
                if [[ -n $pending ]]; then
                    pending=
                elif [[ -n $ended ]]; then
                    taken=$((taken + 1))
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
                    taken=$((taken + 1))
                fi
            done

            local offer= value=$current before=
            if [[ -n $pending ]]; then
                offer=$pending
            elif [[ -z $ended && $current == --*=* ]]; then
                \(p)_value "$at" "${current%%=*}" || return 0
                offer=$REPLY
                before=${current%%=*}=
                value=${current#*=}
            elif [[ -z $ended && $current == -* ]]; then
                if [[ -n $helping ]]; then at=; fi
                \(p)_options "$at"
                offer="words $REPLY"
            elif [[ -z $ended ]] && ((taken == 0)) && \(p)_commands "$at"; then
                offer="words $REPLY"
            elif [[ -z $helping ]] && \(p)_argument "$at" "$taken"; then
                offer=$REPLY
            fi

            COMPREPLY=()
            while IFS= read -r word; do
                COMPREPLY+=("$before$word")
            done < <(
                case $offer in
                files) compgen -f -- "$value" ;;
                directories) compgen -d -- "$value" ;;
                words\\ *) compgen -W "${offer#words }" -- "$value" ;;
                esac
            )
            case $offer in
            files | directories) compopt -o filenames 2> /dev/null ;;
            esac
            case $piece in
            = | :) piece= ;;
            esac
            local cut=${current%"$piece"}
            for i in "${!COMPREPLY[@]}"; do
                COMPREPLY[i]=${COMPREPLY[i]#"$cut"}
            done
            return 0
        }

        complete -F \(p) \(name)

        """
    }
}
