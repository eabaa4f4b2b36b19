// biome-ignore-all format: word lists are read in lines, not in columns

/** Countries as addresses print them, by ISO 3166-1 alpha-2 code. */
export const countryNames: Readonly<Record<string, readonly string[]>> = {
  NL: ['netherlands', 'the netherlands', 'nederland', 'niederlande', 'pays bas', 'holland', 'países bajos', 'paesi bassi', 'países baixos', 'holandia', 'nederländerna', 'nederlandene', 'olanda'],
  BE: ['belgium', 'belgië', 'belgique', 'belgien', 'bélgica', 'belgio', 'belgia'],
  DE: ['germany', 'deutschland', 'duitsland', 'allemagne', 'alemania', 'germania', 'alemanha', 'niemcy', 'tyskland', 'deutschland germany'],
  AT: ['austria', 'österreich', 'oostenrijk', 'autriche', 'áustria', 'österrike', 'østrig'],
  CH: ['switzerland', 'schweiz', 'suisse', 'zwitserland', 'suiza', 'svizzera', 'suíça', 'szwajcaria'],
  FR: ['france', 'frankrijk', 'frankreich', 'francia', 'frança', 'francja', 'frankrike', 'frankrig'],
  LU: ['luxembourg', 'luxemburg', 'luxemburgo', 'lussemburgo'],
  GB: ['united kingdom', 'uk', 'great britain', 'england', 'scotland', 'wales', 'verenigd koninkrijk', 'royaume uni', 'großbritannien', 'vereinigtes königreich', 'reino unido', 'regno unito', 'wielka brytania', 'storbritannien'],
  IE: ['ireland', 'ierland', 'irland', 'irlande', 'irlanda', 'irlandia'],
  US: ['united states', 'usa', 'united states of america', 'u s a', 'verenigde staten', 'vereinigte staaten', 'états unis', 'estados unidos', 'stati uniti'],
  CA: ['canada', 'kanada', 'canadá'],
  AU: ['australia', 'australië', 'australien', 'australie'],
  NZ: ['new zealand'],
  IN: ['india', 'indien', 'inde'],
  SG: ['singapore'],
  IT: ['italy', 'italia', 'italië', 'italien', 'italie', 'itália', 'włochy'],
  ES: ['spain', 'españa', 'spanje', 'spanien', 'espagne', 'spagna', 'espanha', 'hiszpania'],
  PT: ['portugal', 'portogallo', 'portugalia'],
  PL: ['poland', 'polska', 'polen', 'pologne', 'polonia', 'polónia'],
  CZ: ['czech republic', 'czechia', 'tschechien', 'tsjechië', 'česko', 'česká republika'],
  DK: ['denmark', 'danmark', 'denemarken', 'dänemark', 'danemark', 'dinamarca', 'danimarca', 'dania'],
  SE: ['sweden', 'sverige', 'zweden', 'schweden', 'suède', 'suecia', 'svezia', 'suécia', 'szwecja'],
  NO: ['norway', 'norge', 'noorwegen', 'norwegen', 'norvège'],
  FI: ['finland', 'suomi', 'finnland', 'finlande'],
  JP: ['japan', 'japon'],
  CN: ['china', 'chine'],
};

/** How company names end. */
export const legalForms: readonly string[] = [
  'gmbh', 'ag', 'kg', 'ohg', 'ug', 'gbr', 'e k', 'se', 'kgaa', 'e v', 'a g', 'ug haftungsbeschränkt', 'eg', 'mbh',
  'b v', 'bv', 'n v', 'nv', 'vof', 'bvba', 'srl', 'sarl', 'sas', 'sasu', 'sa', 's a', 'eurl', 'sci', 's a r l', 's a s',
  'ltd', 'limited', 'plc', 'llp', 'llc', 'inc', 'corp', 'corporation', 'co', 'company', 'pty', 'pvt',
  'oy', 'oyj', 'ab', 'aps', 'a s', 'spa', 's p a', 's r l', 'sl', 's l', 's l u', 'slu', 'lda', 's n c', 's a s', 'sp z o o', 'sp zoo', 'sp j', 's c', 'z o o', 'i s', 'p s', 'hb', 'kb', 'ivs', 'sapa', 'unipessoal lda', 's r l s', 'coop',
];
