import { type SoundMessages, soundNumbers } from './sound-messages.ts';

const { factor, decibels, plain } = soundNumbers('de');

const presets: SoundMessages['presets'] = {
  flat: 'Neutral (keine Filter)',
  bassboost: 'Mehr Bass',
  treble_boost: 'Mehr Höhen',
  nightcore: 'Nightcore',
  vaporwave: 'Vaporwave',
  '8d': '8D',
  karaoke: 'Karaoke',
  tremolo: 'Tremolo',
  vibrato: 'Vibrato',
  soft_distortion: 'Leichte Verzerrung',
  lowpass: 'Tiefpass',
  mono: 'Mono',
  pop: 'Pop',
  rock: 'Rock',
  jazz: 'Jazz',
  classical: 'Klassik',
  electronic: 'Elektronisch',
  vocal: 'Gesang',
};

export const deSound: SoundMessages = {
  commands: {
    filter: {
      name: 'filter',
      description: 'Ändert, wie die Musik klingt',
      options: {},
      subcommands: {
        preset: {
          name: 'vorlage',
          description: 'Schaltet einen fertigen Klang ein; er ersetzt die Filter, die an sind',
          options: { name: { name: 'name', description: 'Welcher Klang', choices: presets } },
        },
        eq: {
          name: 'eq',
          description: 'Macht tiefe, mittlere oder hohe Töne lauter oder leiser',
          options: {
            low: { name: 'tief', description: 'Tiefe Töne, −12 bis 12 dB' },
            mid: { name: 'mitte', description: 'Mittlere Töne, −12 bis 12 dB' },
            high: { name: 'hoch', description: 'Hohe Töne, −12 bis 12 dB' },
          },
        },
        speed: {
          name: 'tempo',
          description: 'Spielt schneller oder langsamer, in derselben Tonhöhe',
          options: { factor: { name: 'faktor', description: '0,25 bis 4; 1 ist wie aufgenommen' } },
        },
        pitch: {
          name: 'tonhöhe',
          description: 'Spielt höher oder tiefer, im selben Tempo',
          options: { factor: { name: 'faktor', description: '0,25 bis 4; 1 ist wie aufgenommen' } },
        },
        reset: { name: 'aus', description: 'Schaltet alle Filter aus', options: {} },
      },
    },
    normalize: {
      name: 'angleichen',
      description: 'Spielt alle Titel gleich laut',
      options: {
        state: {
          name: 'zustand',
          description: 'An oder aus; ohne Angabe wird er gezeigt',
          choices: { on: 'An', off: 'Aus' },
        },
      },
    },
    crossfade: {
      name: 'überblenden',
      description: 'Lässt Titel ineinander übergehen',
      options: { seconds: { name: 'sekunden', description: '0 bis 12 Sekunden; 0 schaltet es aus' } },
    },
    announce: {
      name: 'durchsage',
      description: 'Spielt etwas über der Musik: eine Durchsage, einen Effekt',
      options: {
        what: {
          name: 'was',
          description:
            'Link, Datei oder Suchwörter, höchstens zehn Minuten; nichts beendet die laufende Durchsage',
        },
        mode: {
          name: 'art',
          description: 'Was derweil aus der Musik wird; ohne Angabe ist sie nur leiser',
          choices: {
            overlay: 'Leiser',
            priority: 'Stumm, und nichts darf unterbrechen',
            replace: 'Steht still',
            crossfade: 'Wird aus- und eingeblendet',
          },
        },
      },
    },
  },
  presets,
  filters: {
    equalizer: 'Equalizer',
    karaoke: 'Karaoke',
    tremolo: 'Tremolo',
    vibrato: 'Vibrato',
    rotation: 'Rotation',
    distortion: 'Verzerrung',
    channelMix: 'Kanalmischung',
    lowPass: 'Tiefpass',
    compressor: 'Kompressor',
  },
  volume: (percent) => `Lautstärke ${percent} %`,
  speed: (value) => `Tempo ${factor(value)}`,
  pitch: (value) => `Tonhöhe ${factor(value)}`,
  low: (db) => `Tiefen ${decibels(db)}`,
  mid: (db) => `Mitten ${decibels(db)}`,
  high: (db) => `Höhen ${decibels(db)}`,
  crossfade: (seconds) => `Überblenden ${plain(seconds)} s`,
  evenLoudness: 'gleiche Lautheit',
  filtersAre: (filters) => `Diese Filter sind an: ${filters}.`,
  noFilters: 'Es sind keine Filter an.',
  liveKeepsSpeed: 'Der laufende Livestream behält sein eigenes Tempo.',
  crossfadeIs: (seconds) => `Titel gehen über ${plain(seconds)} s ineinander über.`,
  noCrossfade: 'Titel folgen ohne Überblenden aufeinander.',
  announced: (title) => `Zu hören: ${title}.`,
  announcing: 'Die Durchsage ist unterwegs.',
  notAnnounced: 'Die Durchsage wurde beendet, bevor sie zu hören war.',
  announcementStopped: 'Die Durchsage wurde beendet.',
  noAnnouncement: 'Es läuft keine Durchsage.',
  mayNotAnnounce: 'Durchsagen darf in diesem Kanal nur, wer das Recht „Very Important Speaker“ hat.',
  normalized: 'Alle Titel werden gleich laut gespielt.',
  notNormalized: 'Jeder Titel wird so laut gespielt, wie er gemacht wurde.',
  mutedBy: { moderator: 'Von einem Moderator stummgeschaltet', stage: 'Noch nicht zum Sprechen eingeladen' },
};
