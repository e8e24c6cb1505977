#include "commands/completion.h"

#include "host/words.h"

namespace outis::images::commands {

namespace {

// "-o,--output" as "-o" and "--output"; nothing for a word that stands alone.
std::vector<std::string> options_of(const Argument& argument)
{
    if (!argument.names.starts_with('-'))
        return {};
    const std::size_t comma = argument.names.find(',');
    if (comma == std::string::npos)
        return {argument.names};
    return {argument.names.substr(0, comma), argument.names.substr(comma + 1)};
}

std::vector<std::string> names_of(const std::vector<CommandWords>& commands)
{
    std::vector<std::string> names;
    for (const CommandWords& command : commands)
        names.push_back(command.name);
    return names;
}

std::string offer(const std::string& words)
{
    return "COMPREPLY=($(compgen -W '" + words + "' -- \"$word\"))";
}

// A row of `case` that offers the long options behind `path`.
std::string option_row(const std::string& path, const CommandWords& command)
{
    std::vector<std::string> words;
    for (const Argument& argument : command.arguments) {
        const std::vector<std::string> names = options_of(argument);
        if (!names.empty())
            words.push_back(names.back());
    }
    words.emplace_back("--help");
    return "    \"" + path + ":\"-*) " + offer(host::joined(words, " ")) + " ;;\n";
}

// The options behind which a value stands, as a pattern of `case`.
std::string with_value(const CommandWords& command)
{
    std::vector<std::string> names;
    for (const Argument& argument : command.arguments) {
        if (std::holds_alternative<bool*>(argument.field))
            continue;
        for (const std::string& name : options_of(argument))
            names.push_back(name);
    }
    return host::joined(names, "|");
}

std::string value_row(const std::string& path, const CommandWords& command)
{
    const std::string names = with_value(command);
    if (names.empty())
        return {};
    return "    \"" + path + "\") case $before in " + names + ") return ;; esac ;;\n";
}

}  // namespace

std::string bash_completion(const CommandWords& program)
{
    std::string families;
    std::string names;
    std::string values;
    std::string options;
    for (const CommandWords& command : program.commands) {
        if (command.commands.empty()) {
            values += value_row(command.name, command);
            options += option_row(command.name, command);
            continue;
        }
        families += (families.empty() ? "" : "|") + command.name;
        names += "        " + command.name + ") " +
                 offer(host::joined(names_of(command.commands), " ")) + " ;;\n";
        for (const CommandWords& below : command.commands) {
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
           offer(host::joined(names_of(program.commands), " ")) +
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

}  // namespace outis::images::commands
