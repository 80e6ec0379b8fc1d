import plugin from './server';

export = plugin;
