/** A program that is CommonJS. */
import('./play.mjs').then(({ play }) => play(async (name) => require(name)))
