// What one test does to the kernel another would see, and count.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
