using Sonde.Benchmarks;
using Sonde.Benchmarks.Subjects;

return args is [RingReaderProcess.Verb, ..] ? RingReaderProcess.Run(args) : Bench.Run(args);
