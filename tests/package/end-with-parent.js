// Loaded into a process with a channel to its parent: it ends with its parent, however that ends.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();
