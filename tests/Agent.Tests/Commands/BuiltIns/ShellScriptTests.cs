using Sonde.Commands.BuiltIns;

namespace Sonde.Tests.Commands.BuiltIns;

public sealed class ShellScriptTests
{
    [Theory]
    [InlineData("systemctl status nginx", "systemctl|status|nginx")]
    [InlineData("  dig  +short   example.org ", "dig|+short|example.org")]
    [InlineData("curl -w '%{http_code}\\n' \"http://127.0.0.1/a b\"", "curl|-w|%{http_code}\\n|http://127.0.0.1/a b")]
    [InlineData("a b\\ c 'd'\"e\"f", "a|b c|def")]
    [InlineData("a \"x\\\"y\\\\z\"", "a|x\"y\\z")]
    [InlineData("a ''", "a|")]
    public void Words_are_what_a_shell_would_pass(string script, string words)
    {
        var pipeline = Assert.Single(ShellScript.TakeApart(script)!);

        Assert.Equal(words.Split('|'), pipeline.First!.Words);
        Assert.Null(pipeline.Rest);
    }

    [Theory]
    [InlineData("a $HOME")]
    [InlineData("a \"$HOME\"")]
    [InlineData("a *.log")]
    [InlineData("a file?")]
    [InlineData("a ~/x")]
    [InlineData("a {b,c}")]
    [InlineData("a > file")]
    [InlineData("a < file")]
    [InlineData("a 2>/tmp/x")]
    [InlineData("a 3>&1")]
    public void Words_that_only_a_shell_knows_are_left_to_it(string script) =>
        Assert.Null(Assert.Single(ShellScript.TakeApart(script) ?? [new ShellPipeline(default, "", null, null)]).First);

    [Theory]
    [InlineData("a $(b)")]
    [InlineData("a `b`")]
    [InlineData("a \"$(b)\"")]
    [InlineData("a \"`b`\"")]
    [InlineData("(a; b)")]
    [InlineData("{ a; b; }")]
    [InlineData("if a; then b; fi")]
    [InlineData("for x in 1 2; do a; done")]
    [InlineData("a <<E\nx\nE")]
    [InlineData("a <(b)")]
    [InlineData("a & b")]
    [InlineData("a |& b")]
    [InlineData("cd /tmp; a")]
    [InlineData("X=1 a")]
    [InlineData("X=1; a")]
    [InlineData("f() { a; }; f")]
    [InlineData("a # b")]
    [InlineData("a 'unended")]
    [InlineData("a \"unended")]
    [InlineData("a |")]
    [InlineData("a &&")]
    [InlineData("a;; b")]
    [InlineData("! a")]
    public void A_script_that_needs_one_shell_is_not_taken_apart(string script) => Assert.Null(ShellScript.TakeApart(script));

    [Fact]
    public void Pipelines_are_told_apart_with_their_connectors()
    {
        var pipelines = ShellScript.TakeApart("a 1 2>/dev/null | grep -v 'x;y' | head; b && c || d\ne 2>&1;")!;

        Assert.Equal(
            [
                (ShellConnector.Always, "a 1 2>/dev/null | grep -v 'x;y' | head", "grep -v 'x;y' | head"),
                (ShellConnector.Always, "b", null), (ShellConnector.AfterSuccess, "c", null), (ShellConnector.AfterFailure, "d", null), (ShellConnector.Always, "e 2>&1", null),
            ],
            pipelines.Select(static p => (p.Connector, p.Text, p.Rest)));
        Assert.Equal(["a", "1"], pipelines[0].First!.Words);
        Assert.True(pipelines[0].First!.ErrorsDropped);
        Assert.True(pipelines[^1].First!.ErrorsToOutput);
    }

    [Theory]
    [InlineData("a >/dev/null 2>&1", true, true, false)]
    [InlineData("a &>/dev/null", true, true, false)]
    [InlineData("a 2>&1", false, false, true)]
    [InlineData("a > /dev/null", true, false, false)]
    [InlineData("a 2>/dev/null", false, true, false)]
    public void Usual_redirections_are_understood(string script, bool outputDropped, bool errorsDropped, bool errorsToOutput)
    {
        var first = Assert.Single(ShellScript.TakeApart(script)!).First!;

        Assert.Equal((outputDropped, errorsDropped, errorsToOutput), (first.OutputDropped, first.ErrorsDropped, first.ErrorsToOutput));
        Assert.Equal(["a"], first.Words);
    }
}
