/** How a process ended that should not have: `ended with exit code 1`, `was ended by SIGKILL`. */
export const howEnded = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
