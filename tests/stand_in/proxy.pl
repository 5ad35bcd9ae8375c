# A proxy that lets clients through to nowhere: perl proxy.pl PORT [USER:PASSWORD]
#
# It answers HTTP's CONNECT and SOCKS 4, holds the connection, and turns away who has not the password.
use strict;
use warnings;
use IO::Socket::INET;

# The module that does this is not on every host.
sub base64 {
    my @digits = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '+', '/');
    my $text = join '', map { $digits[oct "0b$_" . '0' x (6 - length)] } unpack('B*', $_[0]) =~ /(.{1,6})/g;
    return $text . '=' x (-length($text) % 4);
}

my ($port, $login) = @ARGV;
my $listener = IO::Socket::INET->new(LocalPort => $port, Listen => 16, ReuseAddr => 1) or die "$!";
$SIG{CHLD} = 'IGNORE';
while (my $client = $listener->accept) {
    next if fork;
    sysread $client, my $first, 4096;
    if ($first =~ /^\x04\x01/) {
        syswrite $client, "\x00\x5a" . "\x00" x 6;
    } elsif ($first =~ /^CONNECT \S+:443 / && (!defined $login || index($first, base64($login)) >= 0)) {
        syswrite $client, "HTTP/1.1 200 Connection established\r\n\r\n";
    } else {
        syswrite $client, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
        exit;
    }
    1 while sysread $client, my $more, 4096;
    exit;
}
