/**
 * The script by which bash completes `balloon-sim`. It needs no other package, and may be sourced any number of times. bash
 * breaks words at `=` and `:` too; they are put together again for the command, and what it offers is cut to the part that
 * bash replaces.
 */
export const BASH_COMPLETION = `# bash completion for balloon-sim

__balloon_sim_complete() {
    local rest=\${COMP_LINE:0:COMP_POINT} words=() raw= i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        raw=\${COMP_WORDS[i]}
        # The word under the cursor ends there.
        [[ $rest == *"$raw"* ]] || raw=\${rest#"\${rest%%[![:space:]]*}"}
        if ((i > 0)) && [[ $rest != [[:space:]]* && -n $rest ]]; then
            words[\${#words[@]} - 1]+=$raw
        else
            words+=("$raw")
        fi
        rest=\${rest#*"$raw"}
    done

    local typed=\${words[\${#words[@]} - 1]} before=
    if [[ $raw == [=:] ]]; then before=$typed; else before=\${typed%"$raw"}; fi
    # Blanks in names are typed with a backslash.
    words=("\${words[@]//\\\\/}")
    typed=\${typed//\\\\/}
    before=\${before//\\\\/}

    COMPREPLY=()
    local value description
    while IFS=$'\\t' read -r value description; do
        [[ -n $value && $value != :[0-9]* ]] || continue
        [[ $value == "$typed"* || $value == "\${typed#*=}"* ]] || continue
        value=\${value#"$before"}
        printf -v value %q "$value"
        COMPREPLY+=("$value")
    done < <(balloon-sim complete -- "\${words[@]:1}" 2>/dev/null)
    if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}

complete -F __balloon_sim_complete balloon-sim
`;
