#include "plan/completion.h"

#include "plan/table.h"

namespace outis::images {

std::string bash_completion(std::span<const std::string> commands)
{
    std::string names;
    for (const std::string& command : commands)
        names += (names.empty() ? "" : " ") + command;
    std::string options = "--file --print-config --quiet --json --help";
    std::string with_value = "--file|-f";
    for (const OptionRow& row : bake_table()) {
        const std::string name = "--" + std::string(row.name);
        options += " " + name;
        if (row.value.empty())
            continue;
        with_value += "|" + name;
        if (!row.short_name.empty())
            with_value += "|-" + std::string(row.short_name);
    }
    return "# bash completion for outis: source <(outis completion bash)\n"
           "_outis() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W '" +
           names +
           "' -- \"$word\"))\n"
           "        return\n"
           "    fi\n"
           "    case $before in " +
           with_value +
           ") return ;; esac\n"
           "    case ${COMP_WORDS[1]}:$word in\n"
           "    bake:-*) COMPREPLY=($(compgen -W '" +
           options +
           "' -- \"$word\")) ;;\n"
           "    profile:*)\n"
           "        [ \"$COMP_CWORD\" -gt 2 ] ||\n"
           "            COMPREPLY=($(compgen -W 'list show check compile' -- \"$word\")) ;;\n"
           "    completion:*) COMPREPLY=($(compgen -W bash -- \"$word\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o default -F _outis outis\n";
}

}  // namespace outis::images
