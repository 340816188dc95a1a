import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { z } from 'zod';
import { FailureError } from '../../errors.ts';
import { parseJson } from '../../regular-file.ts';
import { type ListedFile, listing, type ManifestPage, manifestPage } from './manifest.ts';

/** Nothing moved for as long: the connection counts as broken. */
const IDLE_MS = 20_000;
/** What a list or a page of hashes may have, in characters. */
const MOST_TEXT = 8 << 20;

/** Where a host serves its files. */
export interface FilesAddress {
  /** What the rig calls it: for what people read. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** The way to a host broke: it may be tried again. */
export class BrokenWay extends Error {}

/** The file is another than it was: what is known of it has to be asked anew. */
export class ChangedFile extends Error {}

/** The host has no such file, or no such take. */
class NotThere extends FailureError {}

/** The files of one take on another host. Each call throws a `BrokenWay`, or a FailureError that names the host. */
export class RemoteFiles {
  readonly host: string;
  private readonly place: FilesAddress;
  private readonly take: string;
  private readonly tls: ConnectionOptions;
  private readonly agent: Agent;
  /** True once the host has answered: from then on what TLS doesn't like is the way's fault, and not the key's. */
  private known = false;

  /** @param tls the rig's key, as `tls.connect` takes it. */
  constructor(place: FilesAddress, take: string, tls: ConnectionOptions) {
    this.host = place.host;
    this.place = place;
    this.take = take;
    this.tls = tls;
    // One for bytes, one for hashes.
    this.agent = new Agent({ keepAlive: true, maxSockets: 2 });
  }

  /** All files of the take that the host has; undefined where it has no such take. */
  async list(signal?: AbortSignal): Promise<readonly ListedFile[] | undefined> {
    try {
      return (await this.json('', listing, signal)).files;
    } catch (error) {
      if (error instanceof NotThere) return undefined;
      throw error;
    }
  }

  /** Hashes from that chunk on. */
  async page(name: string, from: number, signal?: AbortSignal): Promise<ManifestPage> {
    const page = await this.json(`/${name}?hashes=${from}`, manifestPage, signal);
    if (page.from !== from) throw new FailureError(`${this.host}: ${name}: sent other hashes than were asked for`);
    return page;
  }

  /**
   * Bytes `start` to `end`, both included, as they come.
   * @param of the version that the file must still have, and its length; undefined for one that grows.
   * @throws ChangedFile where it is another.
   */
  async bytes(name: string, start: number, end: number, of?: { version: string; bytes: number }, signal?: AbortSignal) {
    const version = of?.version;
    const headers = { Range: `bytes=${start}-${end}`, ...(version !== undefined && { 'If-Match': `"${version}"` }) };
    const response = await this.ask('GET', `/${name}`, headers, signal);
    const [, first, last, all] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers['content-range'] ?? '') ?? [];
    const length = Number(response.headers['content-length']);
    const right = response.statusCode === 206 && Number(first) === start && Number(last) === end;
    if (right && length === end - start + 1 && (of === undefined || Number(all) === of.bytes)) return response;
    response.destroy();
    throw new FailureError(`${this.host}: ${name}: sent other bytes than were asked for (${start} to ${end})`);
  }

  /** Removes it there, where it still is. @throws ChangedFile where it is no longer the one of that version. */
  async remove(name: string, version: string, signal?: AbortSignal): Promise<void> {
    try {
      (await this.ask('DELETE', `/${name}`, { 'If-Match': `"${version}"` }, signal)).resume();
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
    }
  }

  /** Cuts all connections. */
  close(): void {
    this.agent.destroy();
  }

  private async json<T>(path: string, form: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    const response = await this.ask('GET', path, {}, signal);
    let text = '';
    try {
      response.setEncoding('utf8');
      for await (const piece of response) {
        text += piece;
        if (text.length > MOST_TEXT) break;
      }
    } catch (cause) {
      throw this.broken(cause, signal);
    }
    let value: unknown;
    try {
      value = parseJson(text, this.host);
    } catch {
      throw new FailureError(`${this.host}: sent what is no list of files`);
    }
    const read = form.safeParse(value);
    if (read.success) return read.data;
    const { path: field, message } = read.error.issues[0] ?? { path: [], message: '' };
    throw new FailureError(
      `${this.host}: sent a list of files whose ${field.join('.') || 'form'} is wrong: ${message}`,
    );
  }

  private async ask(method: string, path: string, headers: Record<string, string>, signal?: AbortSignal) {
    const { address, port } = this.place;
    const asked = request({
      ...this.tls,
      ...{ host: address, port, agent: this.agent, method, path: `/takes/${this.take}${path}`, headers },
      ...(signal && { signal }),
    });
    asked.setTimeout(IDLE_MS, () => asked.destroy(new Error('nothing was heard of it')));
    // What comes after the head is told by the body.
    asked.on('error', () => {});
    asked.end();
    let response: IncomingMessage;
    try {
      [response] = (await once(asked, 'response')) as [IncomingMessage];
    } catch (cause) {
      throw this.broken(cause, signal);
    }
    this.known = true;
    const { statusCode = 0 } = response;
    if (statusCode === 200 || statusCode === 206) return response;
    response.resume();
    if (statusCode === 412) throw new ChangedFile();
    if (statusCode >= 500) throw new BrokenWay(`it answered ${statusCode}`);
    const what = path === '' ? `the take ${this.take}` : path.slice(1).replace(/\?.*/, '');
    if (statusCode === 404) throw new NotThere(`${this.host}: ${what}: is not there`);
    throw new FailureError(`${this.host}: ${what}: answered ${statusCode}`);
  }

  /** What an error of a connection means. */
  broken(cause: unknown, signal?: AbortSignal): Error {
    if (signal?.aborted) return signal.reason as Error;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (!this.known && /^ERR_SSL_|^EPROTO$/.test(code)) {
      return new FailureError(`${this.host}: has another key than this host; genlock join it to this rig`, { cause });
    }
    return new BrokenWay(code || message, { cause });
  }
}
