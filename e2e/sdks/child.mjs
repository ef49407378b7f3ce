/** A program that is an ES module. */
import { play } from './play.mjs'

await play((name) => import(name))
