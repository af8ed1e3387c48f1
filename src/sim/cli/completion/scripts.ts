/**
 * The scripts by which shells complete `balloon-sim`. Each asks `balloon-sim complete -- WORD…`, whose last word is the one
 * under the cursor, as far as it has been typed, and gets one offer per line: the word, a tab, and its meaning. An offer after
 * `--option=` is the value alone. No script needs another package, and all can be sourced repeatedly.
 */

/**
 * bash breaks words at `=` and `:`, too. The script joins them for the command, and cuts the offers to the part that bash
 * replaces.
 */
const BASH = `# bash completion for balloon-sim

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
        [[ -n $value ]] || continue
        [[ $value == "$typed"* || $value == "\${typed#*=}"* ]] || continue
        value=\${value#"$before"}
        printf -v value %q "$value"
        COMPREPLY+=("$value")
    done < <(balloon-sim complete -- "\${words[@]:1}" 2>/dev/null)
    if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}

complete -F __balloon_sim_complete balloon-sim
`;

const ZSH = `#compdef balloon-sim
# zsh completion for balloon-sim

_balloon-sim() {
    local line typed=\${(Q)PREFIX}
    local -a given=("\${(@Q)words[2,CURRENT-1]}" "$typed") offers folders
    [[ $typed == --*=* ]] && compset -P '*='
    for line in "\${(@f)$(balloon-sim complete -- "\${given[@]}" 2>/dev/null)}"; do
        # What it is stands behind a colon for zsh.
        line="\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}"
        case $line in
            :*) ;;
            */:*) folders+=("$line") ;;
            *) offers+=("$line") ;;
        esac
    done
    _describe -V 'balloon-sim' offers -- folders -S ''
}

if [[ \${funcstack[1]} == _balloon-sim ]]; then
    _balloon-sim
else
    compdef _balloon-sim balloon-sim
fi
`;

const FISH = `# fish completion for balloon-sim

function __balloon_sim_complete
    set -l given (commandline -opc)
    set -l typed (string unescape -- (commandline -ct))
    set -l before (string match -r -- '^--[^=]*=' "$typed")
    for line in (balloon-sim complete -- $given[2..-1] "$typed" 2>/dev/null)
        printf '%s%s\\n' "$before" $line
    end
end

complete -c balloon-sim -e
complete -c balloon-sim -k -f -a '(__balloon_sim_complete)'
`;

const POWERSHELL = `# PowerShell completion for balloon-sim

Register-ArgumentCompleter -Native -CommandName balloon-sim -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $given = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { "$($_.Value)" } else { "$_" } })
    # Before 7.3 an empty word does not reach a program, unless it is quoted.
    if ($wordToComplete -eq '') { $given += if ($PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { '' } }
    $before = if ($wordToComplete -match '^--[^=]*=') { $Matches[0] } else { '' }
    & balloon-sim complete '--' $given 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        $text = "$before$value"
        if ($text -match '[^\\w./:=+-]') { $text = "'" + $text.Replace("'", "''") + "'" }
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
    }
}
`;

/** The script for each shell. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["zsh", ZSH],
  ["bash", BASH],
  ["fish", FISH],
  ["powershell", POWERSHELL],
]);
