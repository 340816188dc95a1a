import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TAKE_NAME } from '../../record/take-path.ts';

/**
 * Files are compared, and fetched again, in pieces of as much. Four of them are in hand at most while one is fetched
 * (written, hashed, read, begun): what a process that is killed has to fetch again stays below a MiB.
 */
export const CHUNK_BYTES = 1 << 18;
/** Hashes in one answer: 16 MiB of a file, so that the host reads it no further ahead than its memory keeps it. */
export const PAGE_CHUNKS = 64;
/** Files that one take may have on a host. */
const MOST_FILES = 10_000;

const version = z.string().regex(/^[0-9-]{1,120}$/);
const bytes = z.int().min(0);

/** One file of a take, as a host lists it. */
export interface ListedFile {
  readonly name: string;
  /** Its length. */
  readonly bytes: number;
  /** Another one as soon as anything of it changes. */
  readonly version: string;
  /** A process there has it open to write it. */
  readonly writing?: true | undefined;
}

/** What a host says of a file: its length, and the SHA-256 of some of its chunks. */
export interface ManifestPage {
  /** Of the whole file. */
  readonly bytes: number;
  readonly version: string;
  /** Chunk of the first hash, from 0. */
  readonly from: number;
  /** In hex, one a chunk; the last chunk of a file may be shorter than the others. */
  readonly hashes: readonly string[];
}

/** The files of a take on a host, as they are sent. */
export const listing = z.object({
  files: z
    .array(
      z.object({
        ...{ name: z.string().regex(TAKE_NAME).max(255), bytes, version },
        writing: z.literal(true).optional(),
      }),
    )
    .max(MOST_FILES),
});

/** A `ManifestPage`, as it is sent. */
export const manifestPage = z.object({
  bytes,
  version,
  from: z.int().min(0),
  hashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(PAGE_CHUNKS),
});

/** Chunks of a file of that length. */
export const chunkCount = (length: number): number => Math.ceil(length / CHUNK_BYTES);

/** Bytes of one chunk of a file of that length. */
export const chunkLength = (length: number, chunk: number): number =>
  Math.max(0, Math.min(CHUNK_BYTES, length - chunk * CHUNK_BYTES));

/** SHA-256 in hex. */
export const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
