import type { RadioStation } from '../radio-stations.ts';
import { announce } from './announce.ts';
import { clear } from './clear.ts';
import type { Command } from './command.ts';
import { crossfade } from './crossfade.ts';
import { filter } from './filter.ts';
import { help } from './help.ts';
import { join } from './join.ts';
import { leave } from './leave.ts';
import { loop } from './loop.ts';
import { move } from './move.ts';
import { normalize } from './normalize.ts';
import { nowplaying } from './nowplaying.ts';
import { p5 } from './p5.ts';
import { pause } from './pause.ts';
import { ping } from './ping.ts';
import { play } from './play.ts';
import { previous } from './previous.ts';
import { queue } from './queue.ts';
import { radio } from './radio.ts';
import { remove } from './remove.ts';
import { reset } from './reset.ts';
import { resume } from './resume.ts';
import { SearchSuggestions } from './search-suggestions.ts';
import { seek } from './seek.ts';
import { shuffle } from './shuffle.ts';
import { skip } from './skip.ts';
import { stop } from './stop.ts';
import { volume } from './volume.ts';

export interface CatalogueOptions {
  readonly botVersion: string;
  readonly stations: readonly RadioStation[];
}

/** All slash commands, in the order people are shown them. */
export function allCommands({ botVersion, stations }: CatalogueOptions): readonly Command[] {
  const suggestions = new SearchSuggestions();
  return [
    play(suggestions),
    p5(suggestions),
    radio(stations),
    pause,
    resume,
    skip,
    previous,
    stop,
    reset,
    seek,
    volume,
    filter,
    normalize,
    crossfade,
    announce,
    loop,
    shuffle,
    queue,
    remove,
    move,
    clear,
    nowplaying,
    join,
    leave,
    help,
    ping(botVersion),
  ];
}
