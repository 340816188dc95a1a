import { Argument, Command } from 'commander';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { type ShellCommand, shellProgram } from './completion/model.ts';
import { zshScript } from './completion/zsh.ts';

const SCRIPTS: Readonly<Record<string, (program: ShellCommand) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** @param commands all commands of the program, whole. */
export function completionCommand(commands: () => Promise<readonly Command[]>): Command {
  const command = new Command('completion')
    .description(
      'Print what completes commands, options and values in a shell. In its start file:\n' +
        'source <(genlock completion bash), the same with zsh, or genlock completion fish | source',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .allowExcessArguments(false);
  return command.action(async (shell: string) => {
    const program = shellProgram(command.parent ?? command, await commands());
    process.stdout.write(SCRIPTS[shell]?.(program) ?? '');
  });
}
