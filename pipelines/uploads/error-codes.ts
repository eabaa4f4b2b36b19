/** Why a document is not read, besides the engine's own codes. */
export const UploadErrorCode = {
  /** It is broken, is not what its row says, or of a kind that is not read. */
  BAD_DOCUMENT: 'BAD_DOCUMENT',
} as const;
