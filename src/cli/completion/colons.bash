# shellcheck shell=bash
# bash ends words at colons, which patterns and addresses have: they are put together again before the program is
# asked, and what it answers is cut to what bash takes for the word.
_jumpfleet() {
    local line=${COMP_LINE:0:COMP_POINT} word='' at
    local -a joined=()
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if ((at == COMP_CWORD)); then
            word=${line#"${line%%[![:blank:]]*}"}
        fi
        if ((at > 0)) && [[ $line == "$word"* ]] && [[ $word == :* || ${joined[${#joined[@]} - 1]} == *: ]]; then
            joined[${#joined[@]} - 1]+=$word
        else
            joined+=("$word")
        fi
        line=${line#*"$word"}
    done
    local last=$((${#joined[@]} - 1))
    word=${joined[last]}
    if [[ $COMP_WORDBREAKS != *:* || $word != *:* || $word == *[\"\'\\]* ]]; then
        _clap_complete_jumpfleet "$@"
        return
    fi
    local -a COMP_WORDS=("${joined[@]}")
    local COMP_CWORD=$last before=${word%"${word##*:}"}
    _clap_complete_jumpfleet "$1" "$word" "$3"
    for ((at = 0; at < ${#COMPREPLY[@]}; at++)); do
        COMPREPLY[at]=${COMPREPLY[at]#"$before"}
    done
}
