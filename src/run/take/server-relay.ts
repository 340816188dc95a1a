import { type Announcement, announcementIn } from '../camera/take-filter.ts';
import type { CameraProcess } from './camera-process.ts';
import type { TakeMessages } from './take-messages.ts';

/** What a server's process tells of itself over its channel, passed on to all processes of cameras that are ours. */
export class ServerRelay {
  private readonly messages: TakeMessages;
  /** Those of the dead among them. */
  private readonly own: CameraProcess[] = [];
  private readonly serverPorts: number[] = [];
  private announcement: Announcement | undefined;

  constructor(messages: TakeMessages) {
    this.messages = messages;
  }

  /** A process that is to hear of it, what was told before it was started too. */
  add(camera: CameraProcess): void {
    this.own.push(camera);
    camera.serverSends(this.serverPorts);
    if (this.announcement !== undefined) camera.serverAnnounced(this.announcement);
  }

  /** The server sends from these UDP ports. */
  serverSends(ports: readonly number[]): void {
    this.serverPorts.push(...ports.filter((port) => !this.serverPorts.includes(port)));
    this.messages.gate.sending(ports);
    for (const camera of this.own) camera.serverSends(ports);
  }

  /** The server decided this of the recording. */
  serverAnnounced(announcement: Announcement): void {
    this.announcement = announcement;
    this.messages.gate.announce(announcement);
    for (const camera of this.own) camera.serverAnnounced(announcement);
  }

  /** `record` is the server: it says this of its frames. */
  say(bytes: Uint8Array): void {
    const announcement = announcementIn(bytes);
    if (announcement !== undefined && this.announcement === undefined) this.serverAnnounced(announcement);
    this.messages.say(bytes);
  }

  /** `record` is the server: our own cameras are told by which ports it speaks. */
  recordLeads(): void {
    this.serverSends(this.messages.ports);
  }

  /** Has `record` carry on the word of a server that is gone, from ports of its own. @returns whether it can. */
  takeOver(): boolean {
    const able = this.messages.takeOver();
    if (able) this.serverSends(this.messages.ports);
    return able;
  }
}
