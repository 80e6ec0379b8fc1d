// Loaded into a process of which the parent holds a channel: it ends with its parent, however that ends.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();
