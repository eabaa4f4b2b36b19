/** Where menus and the like are put: in the main part of the page, so that screen readers find them in a landmark. */
export const popoverPlace = (): HTMLElement => document.getElementById('main') ?? document.body;
