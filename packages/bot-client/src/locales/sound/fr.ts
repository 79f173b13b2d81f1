import { type SoundMessages, soundNumbers } from './sound-messages.ts';

const { factor, decibels, plain } = soundNumbers('fr');

const presets: SoundMessages['presets'] = {
  flat: 'Neutre (aucun filtre)',
  bassboost: 'Basses renforcées',
  treble_boost: 'Aigus renforcés',
  nightcore: 'Nightcore',
  vaporwave: 'Vaporwave',
  '8d': '8D',
  karaoke: 'Karaoké',
  tremolo: 'Trémolo',
  vibrato: 'Vibrato',
  soft_distortion: 'Distorsion légère',
  lowpass: 'Passe-bas',
  mono: 'Mono',
  pop: 'Pop',
  rock: 'Rock',
  jazz: 'Jazz',
  classical: 'Classique',
  electronic: 'Électronique',
  vocal: 'Voix',
};

export const frSound: SoundMessages = {
  commands: {
    filter: {
      name: 'filtre',
      description: 'Change le son de la musique',
      options: {},
      subcommands: {
        preset: {
          name: 'préréglage',
          description: 'Active un son tout prêt ; il remplace les filtres actifs',
          options: { name: { name: 'nom', description: 'Quel son', choices: presets } },
        },
        eq: {
          name: 'eq',
          description: 'Rend les graves, les médiums ou les aigus plus ou moins forts',
          options: {
            low: { name: 'graves', description: 'Graves, de −12 à 12 dB' },
            mid: { name: 'médiums', description: 'Médiums, de −12 à 12 dB' },
            high: { name: 'aigus', description: 'Aigus, de −12 à 12 dB' },
          },
        },
        speed: {
          name: 'vitesse',
          description: 'Joue plus vite ou plus lentement, à la même hauteur',
          options: { factor: { name: 'facteur', description: 'De 0,25 à 4 ; 1 est l’original' } },
        },
        pitch: {
          name: 'hauteur',
          description: 'Joue plus aigu ou plus grave, à la même vitesse',
          options: { factor: { name: 'facteur', description: 'De 0,25 à 4 ; 1 est l’original' } },
        },
        reset: { name: 'désactiver', description: 'Désactive tous les filtres', options: {} },
      },
    },
    normalize: {
      name: 'égaliser',
      description: 'Joue tous les titres aussi fort',
      options: {
        state: {
          name: 'état',
          description: 'Activé ou désactivé ; sans rien, le montre',
          choices: { on: 'Activé', off: 'Désactivé' },
        },
      },
    },
    crossfade: {
      name: 'fondu',
      description: 'Enchaîne les titres en fondu',
      options: { seconds: { name: 'secondes', description: 'De 0 à 12 secondes ; 0 le désactive' } },
    },
    announce: {
      name: 'annonce',
      description: 'Joue quelque chose par-dessus la musique : une annonce, un effet',
      options: {
        what: {
          name: 'quoi',
          description: 'Lien, fichier ou mots, dix minutes au plus ; rien arrête l’annonce en cours',
        },
        mode: {
          name: 'mode',
          description: 'Ce que devient la musique pendant ce temps ; sinon elle est seulement plus basse',
          choices: {
            overlay: 'Plus basse',
            priority: 'Muette, et rien ne peut interrompre',
            replace: "S'arrête",
            crossfade: 'Disparaît puis revient en fondu',
          },
        },
      },
    },
  },
  presets,
  filters: {
    equalizer: 'égaliseur',
    karaoke: 'karaoké',
    tremolo: 'trémolo',
    vibrato: 'vibrato',
    rotation: 'rotation',
    distortion: 'distorsion',
    channelMix: 'mélange des canaux',
    lowPass: 'passe-bas',
    compressor: 'compresseur',
  },
  volume: (percent) => `volume ${percent} %`,
  speed: (value) => `vitesse ${factor(value)}`,
  pitch: (value) => `hauteur ${factor(value)}`,
  low: (db) => `graves ${decibels(db)}`,
  mid: (db) => `médiums ${decibels(db)}`,
  high: (db) => `aigus ${decibels(db)}`,
  crossfade: (seconds) => `fondu ${plain(seconds)} s`,
  evenLoudness: 'même intensité',
  filtersAre: (filters) => `Filtres actifs : ${filters}.`,
  noFilters: 'Aucun filtre n’est actif.',
  liveKeepsSpeed: 'Le direct en cours garde sa propre vitesse.',
  crossfadeIs: (seconds) => `Les titres s’enchaînent en fondu sur ${plain(seconds)} s.`,
  noCrossfade: 'Les titres se suivent sans fondu.',
  announced: (title) => `À l’antenne : ${title}.`,
  announcing: "L'annonce arrive.",
  notAnnounced: "L'annonce a été arrêtée avant d'être entendue.",
  announcementStopped: 'L’annonce a été arrêtée.',
  noAnnouncement: 'Aucune annonce n’est en cours.',
  mayNotAnnounce:
    'Seuls ceux qui ont la permission « Voix prioritaire » peuvent faire une annonce dans ce salon.',
  normalized: 'Tous les titres sont joués aussi fort.',
  notNormalized: 'Chaque titre garde son propre volume.',
  mutedBy: { moderator: 'Rendu muet par un modérateur', stage: 'Pas encore invité à parler' },
};
