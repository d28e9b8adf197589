using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sonde.Protocol;

namespace Sonde.Cli;

/// <summary><c>sonde check</c>: can a diagnosis run here, and if not, what to do.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON." };
        var endpoint = CommonOptions.Endpoint();
        var model = CommonOptions.Model();
        var command = new Command("check", "Check whether a diagnosis can run here, with a fix beside each failure.") { json, model, endpoint };
        command.SetAction(async (parsed, cancellation) =>
        {
            ProcessStart.Prepare();
            using var interruption = new Interruption(static () => { });
            var checks = await HostCheck.RunAsync(parsed.GetValue(endpoint), parsed.GetValue(model), interruption.Token).ConfigureAwait(false);
            using var stdout = StandardOutput.Open();
            await stdout.WriteAsync(parsed.GetValue(json) ? Json(checks) : Text(checks)).ConfigureAwait(false);
            return (int)(HostCheck.IsReady(checks) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static string Text(IReadOnlyList<CheckResult> checks)
    {
        var text = new StringBuilder();
        foreach (var check in checks)
        {
            text.AppendLine($"{Mark(check.Status),-8} {check.Name,-19} {PrintableText.Line(check.Detail)}");
            if (check.Fix is { } fix)
            {
                text.AppendLine($"{"",-28} fix: {PrintableText.Line(fix)}");
            }
        }

        return text.AppendLine().AppendLine(HostCheck.IsReady(checks) ? "A diagnosis can run here." : "A diagnosis can't run here yet.").ToString();
    }

    private static string Json(IReadOnlyList<CheckResult> checks)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ready", HostCheck.IsReady(checks));
            writer.WriteStartArray("checks");
            foreach (var check in checks)
            {
                writer.WriteStartObject();
                writer.WriteString("name", check.Name);
                writer.WriteString("status", Mark(check.Status));
                writer.WriteString("detail", check.Detail);
                if (check.Fix is { } fix)
                {
                    writer.WriteString("fix", fix);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Mark(CheckStatus status) => status switch
    {
        CheckStatus.Ok => "ok",
        CheckStatus.Limited => "limited",
        _ => "failed",
    };
}
