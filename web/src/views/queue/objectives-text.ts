import type { Objectives } from '../../api/types.ts';

type Of = keyof Objectives;
/** What the form holds: seconds and percent of each objective. Empty seconds: no objective. */
export type ObjectivesText = Record<Of, { seconds: string; percent: string }>;
export type ObjectivesErrors = Partial<Record<`${Of} ${'seconds' | 'percent'}`, string>>;

const usualPercent = 99;

/** 0.999 as "99.9", without the digits that only floating point sees. */
export const percentText = (part: number): string => String(Math.round(part * 1e6) / 1e4);

export function objectivesText(objectives: Objectives): ObjectivesText {
  const text = (of: Of) => ({
    seconds: objectives[of]?.seconds.toString() ?? '',
    percent: percentText(objectives[of]?.part ?? usualPercent / 100),
  });
  return { waiting: text('waiting'), total: text('total') };
}

/** The objectives that the texts say, or what is wrong with a field. */
export function readObjectives(
  text: ObjectivesText,
): { objectives: Objectives } | { errors: ObjectivesErrors } {
  const errors: ObjectivesErrors = {};
  const read = (of: Of) => {
    if (text[of].seconds.trim() === '') return null;
    const [seconds, percent] = [Number(text[of].seconds), Number(text[of].percent)];
    if (!(seconds > 0 && seconds <= 31_536_000))
      errors[`${of} seconds`] = 'Seconds, up to a year; empty for none';
    if (!(percent > 0 && percent < 100)) errors[`${of} percent`] = 'Above 0 and below 100';
    return { seconds, part: Math.round(percent * 1e4) / 1e6 };
  };
  const objectives = { waiting: read('waiting'), total: read('total') };
  return Object.keys(errors).length > 0 ? { errors } : { objectives };
}
