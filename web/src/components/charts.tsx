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
      {axes && <Axes most={countText(most)} unit="a minute" minutes={minutes} />}
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

/** How long jobs that started in each minute had waited: half of them, and nineteen of twenty. */
export function WaitChart({ minutes, label, height = 120 }: MinutesProps) {
  const most = Math.max(0.1, ...minutes.map(({ waitP95, waitP50 }) => Math.max(waitP95 ?? 0, waitP50 ?? 0)));
  const step = width / Math.max(1, minutes.length);
  const points = (name: 'waitP50' | 'waitP95') => linePath(minutes, name, step, height, most);
  return (
    <figure className="chart" data-axes>
      <svg viewBox={`0 0 ${width} ${height}`} height={height} preserveAspectRatio="none" role="img">
        <title>{`${label}: at most ${durationText(most)}`}</title>
        <path className="base" d={`M0 ${height - 0.5}H${width}`} />
        <path className="line p95" d={points('waitP95')} />
        <path className="line p50" d={points('waitP50')} />
      </svg>
      <Axes most={durationText(most)} unit="" minutes={minutes} />
    </figure>
  );
}

/** Minutes in which nothing started leave a gap. A single minute is drawn as a dash. */
export function linePath(
  minutes: readonly MinuteView[],
  name: 'waitP50' | 'waitP95',
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
    const y = (height - 2 - (value / most) * (height - 4)).toFixed(1);
    path += isDrawing ? `L${(index + 0.5) * step} ${y}` : `M${index * step} ${y}H${(index + 0.5) * step}`;
    isDrawing = true;
  });
  return path;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function Axes({ most, unit, minutes }: { most: string; unit: string; minutes: readonly MinuteView[] }) {
  const [first, last] = [minutes.at(0), minutes.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <figcaption className="axes small muted" aria-hidden="true">
      <span>{clock.format(Date.parse(first.at))}</span>
      <span>
        most: {most} {unit}
      </span>
      <span>{clock.format(Date.parse(last.at))}</span>
    </figcaption>
  );
}
