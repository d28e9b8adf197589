using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Interrupt handlers: which, and for how long.</summary>
internal static class Interrupts
{
    /// <summary>A handler's start is completed by its end on the same CPU.</summary>
    public static void AddHandler(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (kernel.Tracefs?.ReadFormat("irq", "irq_handler_exit") is not { } exit
            || format?.Field("irq") is not { } entered
            || exit.Field("irq") is not { } left
            || exit.Field("ret") is not { } result)
        {
            return;
        }

        layout.CompleteBy(new Completion("irq/irq_handler_exit", exit, [entered], [left]) { ByCpu = true });
        layout.KeyFields = ["name"];
        layout.Decode((raw, data) =>
        {
            data["cpu"] = raw.Header.Cpu;
            if (raw.Returned)
            {
                data["handled"] = raw.Integer(layout.CompletionOffset + result.Offset, result.Size, signed: false) != 0;
            }
        });
    }

    /// <summary>A soft interrupt's start is completed by its end on the same CPU.</summary>
    public static void AddSoft(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (kernel.Tracefs?.ReadFormat("irq", "softirq_exit") is { } exit && format?.Field("vec") is { } entered && exit.Field("vec") is { } left)
        {
            layout.CompleteBy(new Completion("irq/softirq_exit", exit, [entered], [left]) { ByCpu = true });
            layout.KeyFields = ["vec"];
        }
    }
}
