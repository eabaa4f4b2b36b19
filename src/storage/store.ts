import type { Readable } from 'node:stream';
import type { StoredFile } from '../platform/files.ts';

/** Where files of one kind are kept. */
export interface FilePlace {
  /** The folder that holds them where files are kept in folders. */
  readonly folder: string;
  /** What their keys begin with in a bucket (`uploads/`), after `S3_PREFIX`; left out: they are kept in the folder in any case. */
  readonly prefix?: string;
}

/** A part of a file: from one byte to another, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A stored file that is open for reading. Whoever opens it closes it, unless it takes a stream. */
export interface StoredContent {
  readonly bytes: number;
  /** The content in order; a chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The content, or a part of it. Its end closes the file. */
  stream(range?: ByteRange): Promise<Readable>;
  close(): Promise<void>;
}

/** A stored file on this machine. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** Its name in the store, without detours and links. */
  readonly name: string;
}

/** A whole copy of a file that nobody sees yet. */
interface PlacedFile {
  /** Lets it be seen. The same content published twice is one file. Answers the name under which rows name it. */
  publish(): Promise<string>;
  /** Removes a copy that is not to be published. */
  remove(): Promise<void>;
}

/**
 * The files of one place, by names that are paths below it. Both kinds of stores pass the same tests. Names may come from rows, and so
 * from strangers: no name reaches a file outside the place.
 *
 * All methods throw `OutsideStore`, the system's own error (`ENOENT` for a file that is missing), or `StoreAway`.
 */
export interface FileStore {
  /** Makes a folder of the place, where there are folders: files are stored in those alone that are there. */
  prepare(folder: string): Promise<void>;
  /** Stores a file under a name that is new, whole or not at all. What the source throws is thrown on. */
  put(name: string, source: AsyncIterable<Uint8Array>): Promise<StoredFile>;
  /**
   * Copies a local file, so that little is left to do to publish it under `name`. With `mayMove` it is the file itself that is published, where
   * that is enough: a flushed one on the same disk.
   */
  place(name: string, file: StoredFile, options?: { mayMove: boolean }): Promise<PlacedFile>;
  open(name: string): Promise<StoredContent>;
  /**
   * A local file of this content: its own where there is one, else a copy at `copy`, whose folder is made and which the caller removes. One
   * of more than `mostBytes` is not copied: look at its `bytes` first.
   * @throws {CopyFailure} when this machine has no room for the copy, or the like
   */
  local(name: string, copy: string, mostBytes?: number): Promise<LocalFile>;
  /** Removes what is stored under a name and below it; nothing there is no error. */
  remove(name: string): Promise<void>;
  /** The same where all of it is older; `false`: it is younger, or gone. */
  removeOlder(name: string, olderThanMs: number): Promise<boolean>;
  /** Names at the top of the place that end so, of files; `''`: of folders. */
  names(ending: string): AsyncIterable<string>;
  /** Removes what was begun below `folder` longer ago and never became whole. Answers how much that was. */
  sweep(folder: string, olderThanMs: number): Promise<number>;
  /** @throws when there is less room than `bytes`, where that is known */
  requireRoom(bytes: number): Promise<void>;
  /** @throws when files cannot be stored now */
  check(): Promise<void>;
  /** Where whoever has it may download the file for some minutes, under the given headers; `undefined`: downloads pass through the API. */
  downloadUrl(name: string, headers: DownloadHeaders): Promise<string | undefined>;
}

interface DownloadHeaders {
  readonly contentType: string;
  readonly contentDisposition: string;
}

/** The disk of this machine failed, and not the store: the cause says how. */
export class CopyFailure extends Error {
  override readonly name = 'CopyFailure';
}

/** A name that leads out of its place. */
export class OutsideStore extends Error {
  override readonly name = 'OutsideStore';
}

/** A name that stands for a folder, a device or the like. */
export class NotAFile extends Error {
  override readonly name = 'NotAFile';
}
