import { listOf, setting } from 'pg-switchyard/settings';
import { z } from 'zod';
import { readEgress } from './egress-list.ts';

/** Hosts with their ports, none by default. */
export const egressList = (name: string, about: string) =>
  setting(
    name,
    listOf(/^/).pipe(z.array(z.string().refine((entry) => readEgress(entry) !== undefined))),
    'a comma-separated list of host:port, such as registry.npmjs.org:443 (default none)',
    about,
  );
