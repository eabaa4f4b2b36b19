import type { MinuteView } from '../api/types.ts';
import { countText, durationText } from './time-text.ts';

interface MinutesProps {
  minutes: readonly MinuteView[];
  label: string;
  height?: number;
  /** With the largest value and the times at its ends. */
  axes?: boolean;
}

const width = 600;

/** What ended in each minute: complete, and failed on top of it. */
export function EndedChart({ minutes, label, height = 36, axes = false }: MinutesProps) {
  const most = Math.max(1, ...minutes.map(({ complete, failed }) => complete + failed));
  const step = width / Math.max(1, minutes.length);
  const scale = (count: number) => (count / most) * (height - 2);
  const complete = minutes.reduce((sum, minute) => sum + minute.complete, 0);
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  const text = `${label}: ${countText(complete)} complete, ${countText(failed)} failed`;
  return (
    <figure className="chart" data-axes={axes || undefined}>
      <svg viewBox={`0 0 ${width} ${height}`} height={height} preserveAspectRatio="none" role="img">
        <title>{text}</title>
        <path className="base" d={`M0 ${height - 0.5}H${width}`} />
        {minutes.map((minute, index) => (
          <g key={minute.at}>
            <Bar x={index * step} step={step} from={height} size={scale(minute.complete)} kind="complete" />
            <Bar
              x={index * step}
              step={step}
              from={height - scale(minute.complete)}
              size={scale(minute.failed)}
              kind="failed"
            />
          </g>
        ))}
      </svg>
      {axes && (
        <Axes most={complete + failed === 0 ? null : `${countText(most)} per minute`} minutes={minutes} />
      )}
    </figure>
  );
}

function Bar({
  x,
  step,
  from,
  size,
  kind,
}: {
  x: number;
  step: number;
  from: number;
  size: number;
  kind: string;
}) {
  if (size === 0) return null;
  const tall = Math.max(size, 2);
  return (
    <rect className={kind} x={x + step * 0.12} width={step * 0.76} y={from - tall} height={tall} rx={1} />
  );
}

type TimesName = 'waitP50' | 'waitP95' | 'totalP95';

interface TimesProps extends Omit<MinutesProps, 'axes'> {
  names: readonly TimesName[];
  /** How many seconds it is to be at most. */
  objective?: number | undefined;
}

/** An objective that is further away than this times what is drawn is told in words alone: it would flatten the lines. */
const farAway = 4;

/** How long it took, of the jobs of each minute: half of them, and nineteen of twenty. */
export function TimesChart({ minutes, label, names, objective, height = 120 }: TimesProps) {
  const known = minutes.flatMap((minute) => names.flatMap((name) => minute[name] ?? []));
  const longest = Math.max(0.1, ...known);
  const shown = objective !== undefined && objective <= longest * farAway ? objective : undefined;
  const most = Math.max(longest, shown ?? 0);
  const step = width / Math.max(1, minutes.length);
  const line = shown === undefined ? undefined : yOf(shown, height, most);
  const aim = objective === undefined ? '' : `, objective ${durationText(objective)}`;
  return (
    <figure className="chart" data-axes>
      <svg viewBox={`0 0 ${width} ${height}`} height={height} preserveAspectRatio="none" role="img">
        <title>{`${label}: at most ${durationText(longest)}${aim}`}</title>
        <path className="base" d={`M0 ${height - 0.5}H${width}`} />
        {line !== undefined && <path className="objective" d={`M0 ${line}H${width}`} />}
        {names.map((name) => (
          <path
            key={name}
            className={`line ${name.endsWith('P50') ? 'p50' : 'p95'}`}
            d={linePath(minutes, name, step, height, most)}
          />
        ))}
      </svg>
      <Axes most={known.length === 0 ? null : durationText(longest) + aim} minutes={minutes} />
    </figure>
  );
}

const yOf = (value: number, height: number, most: number): string =>
  (height - 2 - (value / most) * (height - 4)).toFixed(1);

/** Minutes in which nothing started leave a gap. A single minute is drawn as a dash. */
export function linePath(
  minutes: readonly MinuteView[],
  name: TimesName,
  step: number,
  height: number,
  most: number,
): string {
  let path = '';
  let isDrawing = false;
  minutes.forEach((minute, index) => {
    const value = minute[name];
    if (value === null) {
      isDrawing = false;
      return;
    }
    const y = yOf(value, height, most);
    path += isDrawing ? `L${(index + 0.5) * step} ${y}` : `M${index * step} ${y}H${(index + 0.5) * step}`;
    isDrawing = true;
  });
  return path;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** `most` null: there was nothing. */
function Axes({ most, minutes }: { most: string | null; minutes: readonly MinuteView[] }) {
  const [first, last] = [minutes.at(0), minutes.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <figcaption className="axes small muted" aria-hidden="true">
      <span>{clock.format(Date.parse(first.at))}</span>
      <span>{most === null ? 'none in this hour' : `max: ${most}`}</span>
      <span>{clock.format(Date.parse(last.at))}</span>
    </figcaption>
  );
}
