import { networkInterfaces } from 'node:os';
import { Command } from 'commander';
import { OptionError, UsageError } from '../errors.ts';
import { onEndSignal } from '../host/end-signals.ts';
import { serveClock } from '../run/clock/server.ts';

export function clockCommand(): Command {
  return new Command('clock')
    .description(
      'Serve a page with the pixel clock, for real cameras to look at: open it in a browser, fill the screen, and have it in view of all\n' +
        'cameras while they record. Times are read to one refresh of the screen. Ctrl-C ends it.',
    )
    .option('--port <number>', 'where to listen; 0 is any free port', '8480')
    .option('--host <address>', 'address to listen on; 0.0.0.0 for other machines and phones to open it', '127.0.0.1')
    .allowExcessArguments(false)
    .action(async ({ port, host }: { port: string; host: string }) => {
      const server = await serveClock(host, parsePort(port)).catch(inOwnFlags);
      // Whoever reads the address may end it from then on.
      const asked = new Promise<void>((resolve) => {
        onEndSignal(() => resolve());
      });
      for (const address of host === '0.0.0.0' ? addresses() : [host]) {
        process.stdout.write(`http://${address}:${server.port}/\n`);
      }
      process.stderr.write('pixel clock: open it in a browser, press f for the full screen; Ctrl-C ends it\n');
      await asked;
      await server.close();
    });
}

/** `--port` is here where it listens, not that of a take's messages. */
function inOwnFlags(error: unknown): never {
  throw error instanceof OptionError
    ? new UsageError(
        error.saidWith((name) => `--${name}`),
        { cause: error },
      )
    : error;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port ${text}: give a number from 0 to 65535`);
}

/** This machine's IPv4 addresses. */
const addresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).flatMap(({ family, address }) => (family === 'IPv4' ? address : [])),
  );
