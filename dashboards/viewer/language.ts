/**
 * A browser without a locale says that it speaks what is no language (`en-US@posix`), and the charts' library takes that at its
 * word while it is loaded: the page would stay empty.
 *
 * Invariant: imported before anything else; a language that is one stays.
 */
try {
  Intl.getCanonicalLocales(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' })
}
