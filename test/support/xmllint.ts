import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What xmllint says of an XML file by a DTD: nothing where it holds to it. */
export async function complaintsOf(file: string, dtd: string): Promise<string> {
  try {
    const { stderr } = await promisify(execFile)('xmllint', ['--noout', '--nonet', '--dtdvalid', dtd, file]);
    return stderr;
  } catch (error) {
    return (error as { stderr?: string }).stderr || String(error);
  }
}

/** The text of what an XPath finds, by xmllint. */
export async function xpath(file: string, path: string): Promise<string> {
  const { stdout } = await promisify(execFile)('xmllint', ['--nonet', '--xpath', path, file]);
  return stdout.trim();
}
