#include "commands/completion.h"

#include <cstdio>
#include <memory>

#include "commands/commands.h"
#include "host/words.h"

namespace outis::images::commands {

namespace {

// "-o,--output" as "-o|--output", a pattern of `case`.
std::string pattern(const host::Option& option)
{
    const std::size_t comma = option.names.find(',');
    return comma == std::string::npos
               ? option.names
               : option.names.substr(0, comma) + "|" + option.names.substr(comma + 1);
}

std::string spaced_names(const std::vector<Command>& commands)
{
    std::string names;
    for (const Command& command : commands)
        names += (names.empty() ? "" : " ") + command.name;
    return names;
}

std::string offer(const std::string& words)
{
    return "COMPREPLY=($(compgen -W '" + words + "' -- \"$word\"))";
}

// A row of `case` that offers the long options of the command `name`.
std::string option_row(const std::string& name, const Command& command)
{
    std::string words;
    for (const host::Option& option : command.options) {
        if (host::is_flag(option) && !option.hidden)
            words += "--" + host::long_name(option) + " ";
    }
    return "    \"" + name + ":\"-*) " + offer(words + "--help") + " ;;\n";
}

// A row of `case` that offers files behind an option whose value is one, and nothing behind others.
std::string value_row(const std::string& name, const Command& command)
{
    std::vector<std::string> paths;
    std::vector<std::string> others;
    for (const host::Option& option : command.options) {
        if (host::is_flag(option) && !std::holds_alternative<bool*>(option.field))
            (option.path == host::PathKind::none ? others : paths).push_back(pattern(option));
    }
    std::string cases;
    if (!paths.empty())
        cases += host::joined(paths, "|") + ") return ;; ";
    if (!others.empty())
        cases += host::joined(others, "|") + ") compopt +o default 2>/dev/null; return ;; ";
    return cases.empty() ? "" : "    \"" + name + "\") case $before in " + cases + "esac ;;\n";
}

}  // namespace

std::string bash_completion(const Command& program)
{
    std::string families;
    std::string names;
    std::string values;
    std::string options;
    for (const Command& command : program.commands) {
        if (command.commands.empty()) {
            values += value_row(command.name, command);
            options += option_row(command.name, command);
            continue;
        }
        families += (families.empty() ? "" : "|") + command.name;
        names += "        " + command.name + ") " + offer(spaced_names(command.commands)) + " ;;\n";
        for (const Command& below : command.commands) {
            values += value_row(command.name + " " + below.name, below);
            options += option_row(command.name + " " + below.name, below);
        }
    }
    return "# bash completion for outis: source <(outis completion bash)\n"
           "_outis() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command=${COMP_WORDS[1]}\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        " +
           offer(spaced_names(program.commands)) +
           "\n"
           "        return\n"
           "    fi\n"
           "    if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
           "        case $command in\n" +
           names +
           "        esac\n"
           "    fi\n"
           "    case $command in " +
           families +
           ") command=\"$command ${COMP_WORDS[2]}\" ;; esac\n"
           "    case $command in\n" +
           values +
           "    esac\n"
           "    case $command:$word in\n" +
           options +
           "    completion:*) COMPREPLY=($(compgen -W bash -- \"$word\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o default -F _outis outis\n";
}

Command completion_command()
{
    const auto shell = std::make_shared<std::string>();
    return {
        .name = "completion",
        .help = "print a completion script for bash",
        .options = {{"SHELL", shell.get(), "", "bash"}},
        .check = [shell](Words) -> Result<Done, Error> {
            if (*shell == "bash")
                return Done{};
            return bad_input("there is no completion for '" + *shell + "'; write 'bash'");
        },
        .run = [shell](Words) -> Result<int, Error> {
            std::fputs(bash_completion(outis_program()).c_str(), stdout);
            return 0;
        },
    };
}

}  // namespace outis::images::commands
