import { Command } from 'commander';

/** A command as the list of commands shows it; the rest of it is loaded when it is used. */
interface Entry {
  readonly name: string;
  /** What follows the name in the list, as the command's own help has it. */
  readonly usage: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** In the order of the list. */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'record',
    usage: '[options]',
    summary: 'record any number of cameras frame for frame',
    load: async () => (await import('./record.ts')).recordCommand(),
  },
  {
    name: 'vid',
    usage: '',
    summary: 'record one camera, with the options of rpicam-vid',
    load: async () => (await import('./vid.ts')).vidCommand(),
  },
  {
    name: 'verify',
    usage: '[options] <take|files...>',
    summary: 'prove from pixels that frame N is frame N',
    load: async () => (await import('./verify.ts')).verifyCommand(),
  },
  {
    name: 'report',
    usage: '[options] <take>',
    summary: 'make the page that shows a take: report.html',
    load: async () => (await import('./report.ts')).reportCommand(),
  },
  {
    name: 'repair',
    usage: '[options] <take>',
    summary: 'finish a take that was cut off',
    load: async () => (await import('./repair.ts')).repairCommand(),
  },
  {
    name: 'gather',
    usage: '[options] <take>',
    summary: "fetch a take's files from the other hosts of the rig",
    load: async () => (await import('./gather.ts')).gatherCommand(),
  },
  {
    name: 'takes',
    usage: '[options] [command] [folder]',
    summary: 'list takes, or move them to the bin',
    load: async () => (await import('./takes.ts')).takesCommand(),
  },
  {
    name: 'export',
    usage: '[options] <take>',
    summary: 'make of a take what another program wants',
    load: async () => (await import('./export.ts')).exportCommand(),
  },
  {
    name: 'align',
    usage: '[options] <files...>',
    summary: 'put files from elsewhere on one timeline',
    load: async () => (await import('./align.ts')).alignCommand(),
  },
  {
    name: 'simulate',
    usage: '[options] [scenario]',
    summary: 'try the sync in virtual time',
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
  {
    name: 'cameras',
    usage: '[options]',
    summary: 'list the cameras',
    load: async () => (await import('./cameras.ts')).camerasCommand(),
  },
  {
    name: 'rig',
    usage: '[options] [command]',
    summary: 'options of takes in a file; a rig of many hosts',
    load: async () => (await import('./rig.ts')).rigCommand(),
  },
  {
    name: 'join',
    usage: '[options] <line>',
    summary: 'make this host one of a rig',
    load: async () => (await import('./join.ts')).joinCommand(),
  },
  {
    name: 'leave',
    usage: '[options]',
    summary: 'take this host out of its rig',
    load: async () => (await import('./leave.ts')).leaveCommand(),
  },
  {
    name: 'agent',
    usage: '[options]',
    summary: 'have this host and its cameras in its rig',
    load: async () => (await import('./agent.ts')).agentCommand(),
  },
  {
    name: 'hosts',
    usage: '[options]',
    summary: 'list the hosts of the rig',
    load: async () => (await import('./hosts.ts')).hostsCommand(),
  },
  {
    name: 'doctor',
    usage: '[options]',
    summary: 'look whether takes work on this machine',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'clock',
    usage: '[options]',
    summary: 'show the pixel clock on a screen',
    load: async () => (await import('./clock.ts')).clockCommand(),
  },
  {
    name: 'completion',
    usage: '[options] <shell>',
    summary: 'complete all of this in bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completionCommand(allCommands),
  },
];

/** All commands, whole, in the order of the list. */
const allCommands = (): Promise<Command[]> =>
  Promise.all(COMMANDS.map(async ({ summary, load }) => (await load()).summary(summary)));

/** How a command stands in the list: its name and arguments. */
export function commandTerm(command: Command): string {
  const entry = COMMANDS.find(({ name }) => name === command.name());
  if (entry === undefined) return `${command.name()} ${command.usage()}`;
  return `${entry.name} ${entry.usage}`.trimEnd();
}

/**
 * All commands, in the order of the list. Those that the command line asks for are whole, the others a name and a
 * summary.
 * @param args the command line behind the program's name.
 */
export function commandsFor(args: readonly string[]): Promise<Command[]> {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const asked = first === 'help' ? second : first;
  return Promise.all(
    COMMANDS.map(async ({ name, summary, load }) =>
      (name === asked ? await load() : new Command(name)).summary(summary),
    ),
  );
}
