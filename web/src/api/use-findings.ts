import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { doctorQuery } from './queries.ts';
import type { Finding } from './types.ts';

/** The examination asks the database and Temporal much: it comes behind what the view is about. */
const afterMs = 1_500;
let isDue = false;

/** What doctor found; nothing yet in the first moments of the page. */
export function useFindings(): readonly Finding[] {
  const [isWanted, setWanted] = useState(isDue);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      isDue = true;
      setWanted(true);
    }, afterMs);
    return () => window.clearTimeout(timer);
  }, []);
  return useQuery({ ...doctorQuery, enabled: isWanted }).data ?? [];
}
