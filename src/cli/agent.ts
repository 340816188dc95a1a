import { Command } from 'commander';
import { onEndSignal } from '../host/end-signals.ts';
import { runAgent } from '../run/agent/agent.ts';

interface AgentFlags {
  readonly camera?: string[];
  readonly folder: string;
}

export function agentCommand(): Command {
  return new Command('agent')
    .description(
      "Be this host's agent in its rig, until Ctrl-C: tell the others of its cameras, disk and temperature, and on the\n" +
        'first host serve the broker that they meet at. genlock join --install makes it start by itself.',
    )
    .option('--camera <spec...>', "the host's cameras; default: those that genlock record takes")
    .option('--folder <folder>', 'where its takes are to be, whose disk is told of', 'takes')
    .allowExcessArguments(false)
    .action(async ({ camera, folder }: AgentFlags) => {
      const over = new AbortController();
      onEndSignal(() => over.abort());
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      await runAgent({ cameras: camera, folder, signal: over.signal, say });
    });
}
