import { createFolderStore } from './folder-store.ts';
import type { FilePlace, FileStore } from './store.ts';

/** Where a process keeps files. */
export interface Storage {
  at(place: FilePlace): FileStore;
}

/** Files in the folders of their places. */
export const folderStorage: Storage = { at: ({ folder }) => createFolderStore(folder) };
