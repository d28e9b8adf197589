using Sonde.Commands.BuiltIns;
using Sonde.Commands.Sandboxing;

namespace Sonde.Tests.Commands.BuiltIns;

public sealed class BuiltInTableTests
{
    [Theory]
    [InlineData("systemctl status nginx.service")]
    [InlineData("systemctl status -n 20 --no-pager -l nginx")]
    [InlineData("systemctl --failed --no-legend --plain")]
    [InlineData("systemctl show -p ActiveState,SubState nginx")]
    [InlineData("systemctl list-units --type=service --state=failed")]
    [InlineData("systemctl is-active ssh")]
    [InlineData("systemctl cat getty@tty1")]
    [InlineData("systemctl")]
    [InlineData("sudo systemctl status nginx")]
    [InlineData("timeout 5 systemctl status nginx")]
    [InlineData("/usr/bin/systemctl list-timers")]
    [InlineData("ping -c 3 10.0.0.1")]
    [InlineData("ping -c3 -W 2 -n host.example")]
    [InlineData("dig example.org")]
    [InlineData("dig +short @127.0.0.1 example.org MX")]
    [InlineData("dig -x 10.0.0.1 +time=2 +tries=1")]
    [InlineData("nslookup example.org 127.0.0.1")]
    [InlineData("nslookup -type=mx example.org")]
    [InlineData("host -t AAAA example.org")]
    [InlineData("getent hosts example.org")]
    [InlineData("getent ahosts example.org")]
    [InlineData("curl -sS -m 5 http://127.0.0.1:8080/health")]
    [InlineData("curl -I localhost:80")]
    [InlineData("curl -s -o /dev/null -w %{http_code} https://localhost/")]
    [InlineData("wget -qO- http://localhost/health")]
    [InlineData("wget -q -T 3 -O - http://localhost/health")]
    [InlineData("ifconfig -a")]
    [InlineData("arp -n")]
    public void A_command_that_only_asks_is_served(string command)
    {
        var recognition = Recognise(command);

        Assert.True(recognition.Call is not null, recognition.Refusal);
    }

    [Theory]
    [InlineData("systemctl start nginx")]
    [InlineData("systemctl restart nginx")]
    [InlineData("systemctl stop nginx")]
    [InlineData("systemctl daemon-reload")]
    [InlineData("systemctl kexec")]
    [InlineData("systemctl -H host status")]
    [InlineData("systemctl --user status")]
    [InlineData("systemctl status --root=/mnt")]
    [InlineData("systemctl status '-x'")]
    [InlineData("systemctl set-property x CPUQuota=1%")]
    [InlineData("ping -f 10.0.0.1")]
    [InlineData("ping -c 100000 10.0.0.1")]
    [InlineData("ping -p ff00 10.0.0.1")]
    [InlineData("ping -i 0.001 10.0.0.1")]
    [InlineData("ping 10.0.0.1 10.0.0.2")]
    [InlineData("dig -f /etc/passwd")]
    [InlineData("dig -k key example.org")]
    [InlineData("dig axfr example.org")]
    [InlineData("curl -T /etc/passwd http://127.0.0.1/")]
    [InlineData("curl -d x http://127.0.0.1/")]
    [InlineData("curl -o /etc/x http://127.0.0.1/")]
    [InlineData("curl -O http://127.0.0.1/x")]
    [InlineData("curl -X POST http://127.0.0.1/")]
    [InlineData("curl --unix-socket /run/docker.sock http://x/")]
    [InlineData("curl -x http://proxy http://127.0.0.1/")]
    [InlineData("curl -K config http://127.0.0.1/")]
    [InlineData("curl -H @/etc/passwd http://127.0.0.1/")]
    [InlineData("curl file:///etc/shadow")]
    [InlineData("curl http://127.0.0.1/ http://evil.example/")]
    [InlineData("wget http://127.0.0.1/x")]
    [InlineData("wget --post-file=/etc/passwd -O - http://127.0.0.1/")]
    [InlineData("iptables -F")]
    [InlineData("iptables -A INPUT -j DROP")]
    [InlineData("iptables -L -Z")]
    [InlineData("nft flush ruleset")]
    [InlineData("nft -f /tmp/rules")]
    [InlineData("nft list 'ruleset;flush ruleset'")]
    [InlineData("docker rm -f web")]
    [InlineData("docker exec web sh")]
    [InlineData("docker logs -f web")]
    [InlineData("docker -H tcp://evil ps")]
    [InlineData("crictl rm x")]
    public void A_command_of_another_shape_is_refused_with_the_reason(string command)
    {
        var recognition = Recognise(command);

        Assert.Null(recognition.Call);
        Assert.False(string.IsNullOrWhiteSpace(recognition.Refusal));
    }

    [Theory]
    [InlineData("ls -l")]
    [InlineData("getent passwd root")]
    [InlineData("systemctl --version")]
    [InlineData("journalctl -u nginx")]
    [InlineData("ss -tlnp")]
    public void Other_commands_are_left_to_the_confined_shell(string command) => Assert.Equal(Recognition.Ordinary, Recognise(command));

    [Fact]
    public void What_a_tool_is_started_with_is_what_was_recognised_and_a_profile_that_fits()
    {
        var call = Assert.IsType<ToolCall>(Recognise("systemctl status 'nginx.service'").Call);

        Assert.Equal(["--no-pager", "--no-ask-password", "--system", "status", "nginx.service"], call.Arguments);
        Assert.Equal((SocketAccess.Local, SandboxProfile.ReadsFiles), (call.Profile.Sockets, call.Profile.Capabilities));
        Assert.Equal(call.Profile with { Name = SandboxProfile.DefaultName }, SandboxProfile.Decode(call.Profile.Encode()));
    }

    private static Recognition Recognise(string command) => BuiltInTable.Recognise(Assert.Single(ShellScript.TakeApart(command)!).First!.Words);
}
