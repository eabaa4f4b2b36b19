/** Why a session fails, besides the engine's own codes. */
export const CaptureSessionErrorCode = {
  /** A schedule that may not be stored: its version or payload is none. */
  BAD_SCHEDULE: 'BAD_SCHEDULE',
} as const;
