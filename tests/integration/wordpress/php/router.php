<?php
/*
 * PHP's built-in server has no rewrite rules: existing files as they are, all else to
 * WordPress. One JSON line for each request goes to WP_ACCESS_LOG.
 */
$path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
register_shutdown_function(
	function () {
		$line = json_encode(
			array(
				'method'  => $_SERVER['REQUEST_METHOD'],
				'host'    => $_SERVER['HTTP_HOST'] ?? '',
				'target'  => $_SERVER['REQUEST_URI'],
				'status'  => http_response_code(),
				'agent'   => $_SERVER['HTTP_USER_AGENT'] ?? '',
				'seconds' => round( microtime( true ) - $_SERVER['REQUEST_TIME_FLOAT'], 3 ),
			),
			JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE
		);
		file_put_contents( getenv( 'WP_ACCESS_LOG' ), $line . "\n", FILE_APPEND | LOCK_EX );
	}
);

$file = realpath( $_SERVER['DOCUMENT_ROOT'] . $path );
$root = realpath( $_SERVER['DOCUMENT_ROOT'] );
if ( $path !== '/' && $file !== false && str_starts_with( $file, $root . '/' ) && is_file( $file ) ) {
	if ( ! str_ends_with( $file, '.php' ) ) {
		return false;
	}
	$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = substr( $file, strlen( $root ) );
	$_SERVER['SCRIPT_FILENAME'] = $file;
	chdir( dirname( $file ) );
	require $file;
	return true;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $root . '/index.php';
chdir( $root );
require $root . '/index.php';
return true;
