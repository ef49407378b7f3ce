/** The bars of the mark, as a path in a square of 32. */
export const BRAND = 'M9.2 24.5v-6M16 24.5v-11M22.8 24.5v-17'
