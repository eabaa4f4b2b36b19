import type { Place, Reading } from '../reading.ts';
import type { TextPage } from '../text.ts';

/** The same reading with places on the pages as they are shown, where they were turned to be read. */
export function asShown(reading: Reading, pages: readonly TextPage[]): Reading {
  if (pages.every(({ turned }) => turned === undefined)) return reading;
  const moved = <Told extends { place?: Place }>(told: Told): Told =>
    told.place === undefined ? told : { ...told, place: placeOn(pages[told.place.page - 1], told.place) };
  return {
    ...reading,
    fields: reading.fields.map(moved),
    doubtful: reading.doubtful.map((one) => ({ ...one, candidates: one.candidates.map(moved) })),
  };
}

function placeOn(page: TextPage | undefined, place: Place): Place {
  const { x, y, width, height } = place;
  if (page?.turned === undefined) return place;
  const [right, bottom] = [page.width - x - width, page.height - y - height].map(
    (value) => Math.round(value * 10) / 10,
  ) as [number, number];
  if (page.turned === 180) return { ...place, x: right, y: bottom };
  const turned = { ...place, width: height, height: width };
  return page.turned === 90 ? { ...turned, x: y, y: right } : { ...turned, x: bottom, y: x };
}
