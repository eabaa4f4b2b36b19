const drawings = {
  menu: <path d="M2 4h12M2 8h12M2 12h12" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="3" />
      <path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
    </>
  ),
  moon: <path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z" />,
  system: (
    <>
      <rect x="1.5" y="2.5" width="13" height="9" rx="1" />
      <path d="M5.5 14h5M8 11.5V14" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="M10.5 10.5 14 14" />
    </>
  ),
  pause: <path d="M5.5 3v10M10.5 3v10" />,
  play: <path d="M4.5 2.5v11l8-5.5z" />,
  retry: <path d="M13 8a5 5 0 1 1-1.5-3.5L13.5 6M13.5 2.5V6H10" />,
  close: <path d="m3.5 3.5 9 9M12.5 3.5l-9 9" />,
  external: <path d="M6 3H3v10h10v-3M9 2.5h4.5V7M13 3 7.5 8.5" />,
  chevron: <path d="m4 6 4 4 4-4" />,
  keyboard: (
    <>
      <rect x="1" y="4" width="14" height="8" rx="1.5" />
      <path d="M4 7h.01M7 7h.01M10 7h.01M12 7h.01M5 9.5h6" />
    </>
  ),
} as const;

/** A line drawing of 16 by 16; the words are with what it stands in. */
export function Icon({ name }: { name: keyof typeof drawings }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {drawings[name]}
    </svg>
  );
}
